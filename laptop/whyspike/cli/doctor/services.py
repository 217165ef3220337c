"""The doctor at the doors of Slack, Claude and SES: secrets, scopes, models, senders."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import requests
from botocore.exceptions import ClientError

from whyspike.cli.doctor.checks import Check, failed, warning
from whyspike.cli.doctor.findings import (
    CheckResult,
    Clients,
    Deployed,
    json_object,
    read_secret,
    refusal,
    secret_text,
)
from whyspike.wire.bucket import ScanBucket

TIMEOUT_SECONDS = 10
# What the functions call: chat.postMessage and chat.update; files for charts; history to learn
# whether a message arrived.
SCOPES = {
    "chat:write": "post and update messages",
    "files:write": "charts",
    "channels:history": "finding out whether a message arrived after a broken connection",
}
ANTHROPIC_VERSION = "2023-06-01"


TO_STORE = (  # without leaving it in the shell's history
    "aws secretsmanager put-secret-value --secret-id {secret_id} --secret-string"
    " file:///dev/stdin, then type or paste and Ctrl-D"
)

SLACK_SECRET = Check(
    "Slack secret",
    "does it say how to post?",
    {
        "unread": failed("{refusal}", "let the caller read it, or run this as an administrator"),
        "empty": warning(
            "nothing is stored in it: no Slack. {instead}",
            "nothing, where that is meant; else "
            + TO_STORE
            + ': {{"bot_token": "xoxb-...", "signing_secret": "..."}}',
        ),
        "unusable": failed(
            "it holds neither bot_token nor webhook_url, but {held}: each scan fails",
            TO_STORE + ': {{"bot_token": "xoxb-...", "signing_secret": "..."}}',
        ),
    },
)
SLACK_BUTTONS = Check(
    "Slack buttons",
    "can a press of one be believed?",
    {
        "unsigned": failed(
            "signing_secret is missing: no button can be answered",
            TO_STORE + ", with signing_secret (Slack app, Basic Information)",
        )
    },
)
SLACK_TOKEN = Check(
    "Slack token",
    "does Slack take it, with the scopes that are needed?",
    {
        "no answer": failed(
            "{url} gives no answer ({error})", "let this machine reach Slack, then run this again"
        ),
        "refused": failed(
            "Slack refuses it: {error}",
            "reinstall the Slack app in the workspace and store its new bot token",
        ),
        "scopes": failed(
            "scopes are missing: {scopes}",
            "Slack app, OAuth & Permissions: add them as bot token scopes, reinstall",
        ),
    },
)

FEEDBACK_URL = Check(
    "feedback URL",
    "does a press of a button reach the function?",
    {
        "no answer": failed(
            "{url} gives no answer ({error})", "let this machine reach it, then run this again"
        ),
        "forbidden": failed(
            "the URL is forbidden (HTTP 403): a guardrail of the organisation allows no public"
            " function URL",
            "have lambda:InvokeFunctionUrl excepted from the guardrail for this function; or deploy"
            " with PublicFeedbackUrl=false, and messages have no buttons",
        ),
        "unwell": failed(
            "the function fails (HTTP {status})", "read the log of RecordFeedback, mend the cause"
        ),
        "no pages": failed(
            "the function shows no incident's page (HTTP {status})",
            "read the log of RecordFeedback, mend the cause; or deploy this version again",
        ),
    },
)
DIGEST = Check(
    "digest",
    "is there somebody who gets it?",
    {
        "nobody": warning(
            "no Slack, and settings/owners.json has no default_email and no digest_teams: nobody"
            " gets the digest",
            'add "default_email" to settings/owners.json in the bucket',
        )
    },
)


def check_slack(clients: Clients, deployed: Deployed, api_url: str = "") -> Iterator[CheckResult]:
    secret_id = deployed.resources.get("SlackSecret") or deployed.outputs.get("SlackSecretArn", "")
    try:
        text = secret_text(clients, secret_id)
    except ClientError as error:
        yield SLACK_SECRET.found("unread", refusal=refusal(error))
        return
    secret = {} if text is None else json_object(text)
    if secret == {}:
        sender = deployed.parameters.get("EmailSender", "")
        instead = "Owners get e-mail" if sender else "The report in the bucket is all there is"
        yield SLACK_SECRET.found("empty", secret_id=secret_id, instead=instead)
        if sender and not _digest_address(clients, deployed):
            yield DIGEST.found("nobody")
        return
    if secret is None or not (secret.get("bot_token") or secret.get("webhook_url")):
        held = "no JSON object" if secret is None else ", ".join(sorted(map(repr, secret)))
        yield SLACK_SECRET.found("unusable", secret_id=secret_id, held=held)
        return
    if not secret.get("bot_token"):
        yield SLACK_SECRET.ok("webhook: one channel, no threads, charts or buttons")
        return
    yield SLACK_SECRET.ok("bot token")
    takes_feedback = deployed.parameters.get("PublicFeedbackUrl") != "false"
    if takes_feedback and not secret.get("signing_secret"):
        yield SLACK_BUTTONS.found("unsigned", secret_id=secret_id)
    elif takes_feedback:
        yield _check_feedback_url(deployed.outputs.get("FeedbackUrl", ""))
    yield _check_token(
        secret["bot_token"],
        api_url
        or os.environ.get("SLACK_API_URL")
        or deployed.parameters.get("SlackApiUrl", "https://slack.com/api/"),
    )


def _digest_address(clients: Clients, deployed: Deployed) -> str:
    """Where the digest goes without Slack; "" too where the file is wrong, which a check says."""
    bucket = ScanBucket(clients("s3", ""), deployed.outputs["BucketName"])
    text = bucket.read("settings/owners.json")
    owners = json_object((text or b"").decode("utf-8", "replace")) or {}
    return str(owners.get("default_email") or owners.get("digest_teams") or "")


def _check_feedback_url(url: str) -> CheckResult:
    """A request without Slack's signature is refused by the function itself and leaves nothing but
    a count."""
    try:
        status = requests.post(url, data=b"", timeout=TIMEOUT_SECONDS).status_code
    except requests.RequestException as error:
        return FEEDBACK_URL.found("no answer", url=url, error=type(error).__name__)
    match status:
        case 401:
            return _check_pages(url)
        case 403:
            return FEEDBACK_URL.found("forbidden")
        case _:
            return FEEDBACK_URL.found("unwell", status=status)


def _check_pages(url: str) -> CheckResult:
    """A page whose address nobody signed is refused by the function itself too."""
    try:
        status = requests.get(f"{url}incident/none", timeout=TIMEOUT_SECONDS).status_code
    except requests.RequestException as error:
        return FEEDBACK_URL.found("no answer", url=url, error=type(error).__name__)
    if status != 404:
        return FEEDBACK_URL.found("no pages", status=status)
    return FEEDBACK_URL.ok("the function refuses presses and pages that nobody signed")


def _check_token(token: str, api_url: str) -> CheckResult:
    try:
        answer = requests.post(
            f"{api_url}auth.test",
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT_SECONDS,
        )
        body = json_object(answer.text)
    except requests.RequestException as error:
        return SLACK_TOKEN.found("no answer", url=api_url, error=type(error).__name__)
    if body is None:
        return SLACK_TOKEN.found("no answer", url=api_url, error="no JSON")
    if not body.get("ok"):
        return SLACK_TOKEN.found("refused", error=body.get("error"))
    granted = {scope.strip() for scope in answer.headers.get("X-OAuth-Scopes", "").split(",")}
    lacking = [scope for scope in SCOPES if scope not in granted]
    if lacking:
        scopes = "; ".join(f"{scope} ({SCOPES[scope]})" for scope in lacking)
        return SLACK_TOKEN.found("scopes", scopes=scopes)
    return SLACK_TOKEN.ok(f"{body.get('user')} in {body.get('team')}")


TO_STORE_THE_KEY = TO_STORE + ': {{"api_key": "sk-ant-..."}}'
CLAUDE = Check(
    "Claude",
    "is the key taken, and does the model exist for it?",
    {
        "unread": failed(
            "{refusal}", "let the caller read the secret, or run this as an administrator"
        ),
        "empty": failed("the secret holds no api_key", TO_STORE_THE_KEY),
        "no answer": failed(
            "no answer ({error})", "let this machine reach the Anthropic API, then run this again"
        ),
        "no model": failed(
            "the model {model} does not exist for this key",
            "deploy with ClaudeModel=claude-sonnet-5-5, or another of your models",
        ),
        "refused": failed("the key is refused (HTTP {status})", TO_STORE_THE_KEY),
        "unwell": warning(
            "HTTP {status}", "look at the provider's status page, then run this again"
        ),
    },
)
BEDROCK = Check(
    "Claude on Bedrock",
    "may the model be used in this account and region?",
    {
        "unread": failed(
            "{refusal}",
            "check ClaudeModel and the region; bedrock:GetFoundationModelAvailability is needed to"
            " check",
        ),
        "not granted": failed(
            "{model}: {lacking}",
            "Bedrock console, Model catalog: open the model once in this account and region and"
            " submit the use case",
        ),
    },
)


def check_claude(clients: Clients, deployed: Deployed, base_url: str = "") -> Iterator[CheckResult]:
    provider, model = (
        deployed.parameters.get("ClaudeProvider"),
        deployed.parameters.get("ClaudeModel", ""),
    )
    if provider == "off":
        yield CLAUDE.ok("off: the rules explain")
    elif provider == "bedrock":
        yield _check_bedrock(clients, model)
    else:
        yield _check_anthropic(clients, deployed, model, base_url)


def _check_anthropic(
    clients: Clients, deployed: Deployed, model: str, base_url: str
) -> CheckResult:
    secret_id = deployed.resources.get("ClaudeSecret") or deployed.outputs.get(
        "ClaudeSecretArn", ""
    )
    try:
        secret = read_secret(clients, secret_id)
    except ClientError as error:
        return CLAUDE.found("unread", refusal=refusal(error))
    if not secret or not secret.get("api_key"):
        return CLAUDE.found("empty", secret_id=secret_id)
    api = base_url or os.environ.get("ANTHROPIC_BASE_URL", "https://api.anthropic.com")
    headers = {
        "Authorization": f"Bearer {secret['api_key']}",
        "x-api-key": secret["api_key"],
        "anthropic-version": ANTHROPIC_VERSION,
    }
    try:
        status = requests.get(
            f"{api}/v1/models/{model}", headers=headers, timeout=TIMEOUT_SECONDS
        ).status_code
    except requests.RequestException as error:
        return CLAUDE.found("no answer", error=type(error).__name__)
    match status:
        case 200:
            return CLAUDE.ok(model)
        case 404:
            return CLAUDE.found("no model", model=model)
        case 401 | 403:
            return CLAUDE.found("refused", status=status, secret_id=secret_id)
        case _:
            return CLAUDE.found("unwell", status=status)


def _check_bedrock(clients: Clients, model: str) -> CheckResult:
    try:
        bedrock = clients("bedrock", "")
        answer = bedrock.get_foundation_model_availability(
            modelId=_foundation_model(bedrock, model)
        )
    except ClientError as error:
        return BEDROCK.found("unread", refusal=refusal(error))
    wanted = {
        "authorizationStatus": "AUTHORIZED",
        "entitlementAvailability": "AVAILABLE",
        "regionAvailability": "AVAILABLE",
    }
    lacking = [name for name, good in wanted.items() if answer.get(name) != good]
    if answer.get("agreementAvailability", {}).get("status") != "AVAILABLE":
        lacking.append("agreementAvailability")
    if lacking:
        return BEDROCK.found("not granted", model=model, lacking=", ".join(lacking))
    return BEDROCK.ok(model)


def _foundation_model(bedrock: Any, model: str) -> str:
    """The foundation model behind the id or ARN of a model, of a geographic inference profile
    ("apac.anthropic...") or of one's own."""
    if ":application-inference-profile/" in model:
        model = bedrock.get_inference_profile(inferenceProfileIdentifier=model)["models"][0][
            "modelArn"
        ]
    return re.sub(r"^[a-z-]+\.(?=anthropic\.)", "", model.rpartition("/")[2])


EMAIL = Check(
    "e-mail",
    "may the sender send?",
    {
        "not verified": failed(
            "{sender} is not verified in SES",
            "aws sesv2 create-email-identity --email-identity {sender}, then follow its e-mail; and"
            " leave the SES sandbox",
        ),
        "sandbox": warning(
            "{identity} is verified, but SES is in its sandbox here: only verified addresses get"
            " mail",
            "SES console, Account dashboard: request production access",
        ),
    },
)


def check_email(clients: Clients, deployed: Deployed) -> Iterator[CheckResult]:
    """SES: the sender is verified and the account is out of the sandbox."""
    sender = deployed.parameters.get("EmailSender", "")
    if not sender:
        return
    ses = clients("sesv2", "")
    identities = (sender, sender.partition("@")[2])
    verified = next((identity for identity in identities if _is_verified(ses, identity)), "")
    if not verified:
        yield EMAIL.found("not verified", sender=sender)
    elif ses.get_account().get("ProductionAccessEnabled"):
        yield EMAIL.ok(f"{verified} is verified, and SES is out of its sandbox")
    else:
        yield EMAIL.found("sandbox", identity=verified)


def _is_verified(ses: Any, identity: str) -> bool:
    try:
        return bool(ses.get_email_identity(EmailIdentity=identity).get("VerifiedForSendingStatus"))
    except ClientError:
        return False
