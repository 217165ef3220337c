# The targets of `sam build` (BuildMethod: makefile) for both third-party layers. SAM reads the Makefile of the folder that bears the
# architecture's name (ContextPath in template.yaml), so that the parameter Architecture decides alone.
HERE := $(dir $(lastword $(MAKEFILE_LIST)))
ROOT := $(HERE)..
PYTHON := $(if $(wildcard $(ROOT)/.venv/bin/python),$(ROOT)/.venv/bin/python,python3)

.PHONY: build-DependenciesLayer build-ClaudeLayer
build-DependenciesLayer build-ClaudeLayer:
	@$(PYTHON) $(ROOT)/tools/build_layer.py requirements.txt "$(ARTIFACTS_DIR)/python" $(ARCHITECTURE)
