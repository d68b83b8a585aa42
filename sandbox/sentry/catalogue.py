"""Errors as the applications of an appeals office raise them, made up for the demo: Ruby on Rails, one per cause.

Rules: always the same, in the same order. Some carry what must never reach a ticket (numbers of persons, an e-mail
address, a token) and some what GitHub would act on (a mention, a closing keyword, a code fence).
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.sentry.state import Frame, Report

RELEASE = "caseflow@2026.11.3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An error of the catalogue, by its name."""

    name: str
    project: str
    report: Report


def app_frame(filename: str, function: str, lineno: int) -> Frame:
    return {"filename": filename, "function": function, "lineno": lineno, "in_app": True}


def gem_frame(gem: str, path: str, function: str, lineno: int) -> Frame:
    filename = f"/usr/local/bundle/gems/{gem}/lib/{path}"
    return {"filename": filename, "function": function, "lineno": lineno, "in_app": False}


def _request(*inner: Frame) -> tuple[Frame, ...]:
    """The frames every request has around those of the application, outermost first."""
    return (
        gem_frame("puma-6.4.3", "puma/thread_pool.rb", "spawn_thread", 167),
        gem_frame("rack-2.2.10", "rack/method_override.rb", "call", 24),
        gem_frame("actionpack-7.1.5", "action_controller/metal/instrumentation.rb", "process_action", 75),
        app_frame("app/controllers/application_controller.rb", "set_timezone", 41),
        *inner,
    )


def _tags(app: str, component: str) -> tuple[tuple[str, str], ...]:
    return (
        ("environment", "production"),
        ("level", "error"),
        ("app", app),
        ("component", component),
        ("server_name", f"{component}-i-0a41"),
        ("release", RELEASE),
    )


EXAMPLES: tuple[Example, ...] = (
    Example(
        name="reader-document",
        project="reader",
        report=Report(
            type="ActiveRecord::RecordNotFound",
            value="Couldn't find Document with 'id'=4815162",
            culprit="Reader::DocumentController#show",
            release=RELEASE,
            url="https://appeals.example/reader/appeal/2417781/documents/4815162",
            frames=_request(
                gem_frame("activerecord-7.1.5", "active_record/core.rb", "find", 253),
                app_frame("app/controllers/reader/document_controller.rb", "show", 29),
                app_frame("app/models/document.rb", "fetch_for_appeal", 118),
            ),
            tags=_tags("Reader", "reader"),
            user="judge-17",
        ),
    ),
    Example(
        name="reader-annotations",
        project="reader",
        report=Report(
            type="TypeError",
            value="Cannot read properties of undefined (reading 'annotations') while rendering @everyone's comments",
            culprit="PdfViewer(reader/PdfViewer)",
            release=RELEASE,
            url="https://appeals.example/reader/appeal/2417781/documents/4815162?page=3",
            frames=(
                {
                    "filename": "https://appeals.example/assets/webpack-bundle.js",
                    "function": "commitWork",
                    "lineno": 1,
                    "in_app": False,
                },
                {
                    "filename": "client/app/reader/PdfViewer.jsx",
                    "function": "componentDidUpdate",
                    "lineno": 204,
                    "in_app": True,
                },
            ),
            tags=_tags("Reader", "reader"),
            user="attorney-4",
        ),
    ),
    Example(
        name="certification-missing-form",
        project="certification",
        report=Report(
            type="NoMethodError",
            value="undefined method `form9_type' for nil (appellant 000-12-3456)",
            culprit="CertificationsController#confirm_case_details",
            release=RELEASE,
            url="https://appeals.example/certifications/2913401/confirm_case_details",
            frames=_request(
                app_frame("app/controllers/certifications_controller.rb", "confirm_case_details", 83),
                app_frame("app/models/certification.rb", "form9_type", 152),
            ),
            tags=_tags("Certification", "certification"),
            user="clerk-2",
        ),
    ),
    Example(
        name="certification-v2-timeout",
        project="certification",
        report=Report(
            type="OCIError",
            value="ORA-12170: TNS:Connect timeout occurred",
            culprit="CertificationV2::VacolsController#update",
            level="fatal",
            release=RELEASE,
            url="https://appeals.example/certification_v2/cases/2913401",
            frames=_request(
                gem_frame("ruby-oci8-2.2.14", "oci8/oci8.rb", "initialize", 136),
                app_frame("app/controllers/certification_v2/vacols_controller.rb", "update", 57),
                app_frame("app/repositories/vacols_repository.rb", "certify", 211),
            ),
            tags=_tags("Certification v2", "certification"),
            user="clerk-9",
        ),
    ),
    Example(
        name="efolder-download",
        project="efolder",
        report=Report(
            type="VBMS::HTTPError",
            value="status_code: 500, body: Fixes #1 ``` <img src=https://pixel.example/x.gif> Service Unavailable",
            culprit="DownloadAllManifestJob#perform",
            release="efolder@2026.11.1",
            url="https://efolder.example/efolder/downloads/99182",
            frames=(
                gem_frame("sidekiq-7.3.8", "sidekiq/processor.rb", "execute_job", 220),
                app_frame("app/jobs/download_all_manifest_job.rb", "perform", 17),
                app_frame("app/services/external_api/vbms_service.rb", "fetch_document_file", 44),
            ),
            tags=_tags("eFolder", "efolder"),
            user="clerk-2",
        ),
    ),
    Example(
        name="efolder-token",
        project="efolder",
        report=Report(
            type="RestClient::Unauthorized",
            value="401 Unauthorized for kim.lee@appeals.example: token=ghp_0123456789abcdefghijklmnop expired",
            culprit="ManifestsController#refresh",
            release="efolder@2026.11.1",
            url="https://efolder.example/efolder/manifests/5512/refresh",
            frames=_request(
                gem_frame("rest-client-2.1.0", "restclient/abstract_response.rb", "return!", 249),
                app_frame("app/controllers/manifests_controller.rb", "refresh", 38),
                app_frame("app/services/external_api/vva_service.rb", "authorize", 12),
            ),
            tags=_tags("eFolder", "efolder"),
            user="kim.lee",
        ),
    ),
    Example(
        name="dispatch-claim",
        project="dispatch",
        report=Report(
            type="EstablishClaim::InvalidEndProductError",
            value="End product code 172BVAG already in use for claim 600118951",
            culprit="EstablishClaimsController#perform",
            release=RELEASE,
            url="https://appeals.example/dispatch/establish-claim/7781/perform",
            frames=_request(
                app_frame("app/controllers/establish_claims_controller.rb", "perform", 96),
                app_frame("app/models/tasks/establish_claim.rb", "create_end_product!", 188),
            ),
            tags=_tags("Dispatch", "dispatch"),
            user="dispatcher-3",
        ),
    ),
    Example(
        name="hearings-prep-deadlock",
        project="hearings-prep",
        report=Report(
            type="ActiveRecord::Deadlocked",
            value="PG::TRDeadlockDetected: ERROR: deadlock detected, process 8123 waits for transaction 77120394",
            culprit="Hearings::WorksheetsController#update",
            release=RELEASE,
            url="https://appeals.example/hearings/4410/worksheet",
            frames=_request(
                gem_frame("activerecord-7.1.5", "active_record/transactions.rb", "save!", 312),
                app_frame("app/controllers/hearings/worksheets_controller.rb", "update", 51),
                app_frame("app/models/hearing.rb", "update_worksheet!", 233),
            ),
            tags=_tags("Hearings Prep", "hearings"),
            user="judge-5",
        ),
    ),
)
BY_NAME = {example.name: example for example in EXAMPLES}
