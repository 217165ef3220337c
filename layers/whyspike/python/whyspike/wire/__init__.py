"""One module per outside thing: each turns its answers into the types of `whyspike.model`."""
