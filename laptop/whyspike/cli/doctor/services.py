"""The doctor at the doors of Slack, Claude and SES: secrets, scopes, models, senders."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import requests
from botocore.exceptions import ClientError

from whyspike.cli.doctor.findings import (
    FAILED,
    OK,
    WARNING,
    CheckResult,
    Clients,
    Deployed,
    read_secret,
    refusal,
)

TIMEOUT_SECONDS = 10
# What the functions call: chat.postMessage and chat.update; files for charts; history to learn
# whether a message arrived.
SCOPES = {
    "chat:write": "post and update messages",
    "files:write": "charts",
    "channels:history": "finding out whether a message arrived after a broken connection",
}
ANTHROPIC_VERSION = "2023-06-01"


def put_secret(secret_id: str) -> str:
    """The command that stores a secret without leaving it in the shell's history."""
    return (
        f"aws secretsmanager put-secret-value --secret-id {secret_id} --secret-string"
        " file:///dev/stdin, then type or paste and Ctrl-D"
    )


def check_slack(clients: Clients, deployed: Deployed, api_url: str = "") -> Iterator[CheckResult]:
    secret_id = deployed.resources.get("SlackSecret") or deployed.outputs.get("SlackSecretArn", "")
    put = put_secret(secret_id)
    try:
        secret = read_secret(clients, secret_id)
    except ClientError as error:
        yield CheckResult(
            "Slack secret",
            FAILED,
            refusal(error),
            "let the caller read it, or run this as an administrator",
        )
        return
    if not secret or not (secret.get("bot_token") or secret.get("webhook_url")):
        example = '{"bot_token": "xoxb-...", "signing_secret": "..."}'
        yield CheckResult(
            "Slack secret",
            FAILED,
            "it holds neither bot_token nor webhook_url",
            f"{put}: {example}",
        )
        return
    yield CheckResult(
        "Slack secret",
        OK,
        (
            "bot token"
            if secret.get("bot_token")
            else "webhook: one channel, no threads, charts or buttons"
        ),
    )
    if not secret.get("bot_token"):
        return
    if not secret.get("signing_secret"):
        yield CheckResult(
            "Slack buttons",
            FAILED,
            "signing_secret is missing: no button can be answered",
            f"{put}, with signing_secret (Slack app, Basic Information)",
        )
    yield from _check_token(
        secret["bot_token"],
        api_url
        or os.environ.get("SLACK_API_URL")
        or deployed.parameters.get("SlackApiUrl", "https://slack.com/api/"),
    )


def _check_token(token: str, api_url: str) -> Iterator[CheckResult]:
    try:
        answer = requests.post(
            f"{api_url}auth.test",
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT_SECONDS,
        )
        body = answer.json()
    except (requests.RequestException, ValueError) as error:
        yield CheckResult(
            "Slack token",
            FAILED,
            f"{api_url} gives no answer ({type(error).__name__})",
            "let this machine reach Slack, then run this again",
        )
        return
    if not body.get("ok"):
        remedy = "reinstall the Slack app in the workspace and store its new bot token"
        yield CheckResult("Slack token", FAILED, f"Slack refuses it: {body.get('error')}", remedy)
        return
    granted = {scope.strip() for scope in answer.headers.get("X-OAuth-Scopes", "").split(",")}
    lacking = [scope for scope in SCOPES if scope not in granted]
    if lacking:
        detail = "; ".join(f"{scope} ({SCOPES[scope]})" for scope in lacking)
        yield CheckResult(
            "Slack token",
            FAILED,
            f"scopes are missing: {detail}",
            "Slack app, OAuth & Permissions: add them as bot token scopes, reinstall",
        )
    else:
        yield CheckResult("Slack token", OK, f"{body.get('user')} in {body.get('team')}")


def check_claude(clients: Clients, deployed: Deployed, base_url: str = "") -> Iterator[CheckResult]:
    provider, model = (
        deployed.parameters.get("ClaudeProvider"),
        deployed.parameters.get("ClaudeModel", ""),
    )
    if provider == "off":
        yield CheckResult("Claude", OK, "off: the rules explain")
    elif provider == "bedrock":
        yield from _check_bedrock(clients, model)
    else:
        yield from _check_anthropic(clients, deployed, model, base_url)


def _check_anthropic(
    clients: Clients, deployed: Deployed, model: str, base_url: str
) -> Iterator[CheckResult]:
    secret_id = deployed.resources.get("ClaudeSecret") or deployed.outputs.get(
        "ClaudeSecretArn", ""
    )
    put = put_secret(secret_id) + ': {"api_key": "sk-ant-..."}'
    try:
        secret = read_secret(clients, secret_id)
    except ClientError as error:
        yield CheckResult(
            "Claude",
            FAILED,
            refusal(error),
            "let the caller read the secret, or run this as an administrator",
        )
        return
    if not secret or not secret.get("api_key"):
        yield CheckResult("Claude", FAILED, "the secret holds no api_key", put)
        return
    url = f"{base_url or os.environ.get('ANTHROPIC_BASE_URL', 'https://api.anthropic.com')}/v1/models/{model}"
    headers = {
        "Authorization": f"Bearer {secret['api_key']}",
        "x-api-key": secret["api_key"],
        "anthropic-version": ANTHROPIC_VERSION,
    }
    try:
        status = requests.get(url, headers=headers, timeout=TIMEOUT_SECONDS).status_code
    except requests.RequestException as error:
        yield CheckResult(
            "Claude",
            FAILED,
            f"no answer ({type(error).__name__})",
            "let this machine reach the Anthropic API, then run this again",
        )
        return
    match status:
        case 200:
            yield CheckResult("Claude", OK, model)
        case 404:
            yield CheckResult(
                "Claude",
                FAILED,
                f"the model {model} does not exist for this key",
                "deploy with ClaudeModel=claude-sonnet-5-5, or another of your models",
            )
        case 401 | 403:
            yield CheckResult("Claude", FAILED, f"the key is refused (HTTP {status})", put)
        case _:
            yield CheckResult(
                "Claude",
                WARNING,
                f"HTTP {status}",
                "look at the provider's status page, then run this again",
            )


def _check_bedrock(clients: Clients, model: str) -> Iterator[CheckResult]:
    try:
        bedrock = clients("bedrock", "")
        answer = bedrock.get_foundation_model_availability(
            modelId=_foundation_model(bedrock, model)
        )
    except ClientError as error:
        yield CheckResult(
            "Claude on Bedrock",
            FAILED,
            refusal(error),
            "check ClaudeModel and the region; bedrock:GetFoundationModelAvailability is needed to"
            " check",
        )
        return
    wanted = {
        "authorizationStatus": "AUTHORIZED",
        "entitlementAvailability": "AVAILABLE",
        "regionAvailability": "AVAILABLE",
    }
    lacking = [name for name, good in wanted.items() if answer.get(name) != good]
    if answer.get("agreementAvailability", {}).get("status") != "AVAILABLE":
        lacking.append("agreementAvailability")
    if lacking:
        remedy = (
            "Bedrock console, Model catalog: open the model once in this account and region and"
            " submit the use case"
        )
        yield CheckResult("Claude on Bedrock", FAILED, f"{model}: {', '.join(lacking)}", remedy)
    else:
        yield CheckResult("Claude on Bedrock", OK, model)


def _foundation_model(bedrock: Any, model: str) -> str:
    """The foundation model behind the id or ARN of a model, of a geographic inference profile
    ("apac.anthropic...") or of one's own."""
    if ":application-inference-profile/" in model:
        model = bedrock.get_inference_profile(inferenceProfileIdentifier=model)["models"][0][
            "modelArn"
        ]
    return re.sub(r"^[a-z-]+\.(?=anthropic\.)", "", model.rpartition("/")[2])


def check_email(clients: Clients, deployed: Deployed) -> Iterator[CheckResult]:
    """SES: the sender is verified and the account is out of the sandbox."""
    sender = deployed.parameters.get("EmailSender", "")
    if not sender:
        return
    ses = clients("sesv2", "")
    for identity in (sender, sender.partition("@")[2]):
        try:
            if ses.get_email_identity(EmailIdentity=identity).get("VerifiedForSendingStatus"):
                yield CheckResult("e-mail", OK, f"{identity} is verified")
                return
        except ClientError:
            continue
    remedy = (
        f"aws sesv2 create-email-identity --email-identity {sender}, then follow its e-mail; and"
        " leave the SES sandbox"
    )
    yield CheckResult("e-mail", FAILED, f"{sender} is not verified in SES", remedy)
