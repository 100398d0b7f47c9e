"""Each cloud's own operation names as the contract's (OCSF class, operation).

Sources: the API references and audit-log method lists of each vendor. A name that is not
here passes through unchanged, in class 6003 unless its log says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ACCOUNT_CHANGE: Final = 3001
AUTHENTICATION: Final = 3002
API_ACTIVITY: Final = 6003

CONTRACT: Final[Mapping[str, int]] = {
    **dict.fromkeys(
        (
            "CreateAccount", "CreateUser", "ChangeEmail", "ChangePhone",
            "UpdateContactInformation", "EnableMFADevice", "DeactivateMFADevice",
            "ResetPassword", "AddPaymentInstrument",
        ),
        ACCOUNT_CHANGE,
    ),
    "ConsoleLogin": AUTHENTICATION,
    "AssumeRole": AUTHENTICATION,
    **dict.fromkeys(
        (
            "RunInstances", "TerminateInstances", "CreateKeyPair", "ImportKeyPair",
            "CreateAccessKey", "DeleteAccessKey", "CreateImage", "CopySnapshot",
            "ImportSnapshot", "CreateCapacityReservation", "RequestServiceQuotaIncrease",
            "CreateSupportCase", "InvokeModel", "ListFoundationModels",
            "GetFoundationModelAvailability", "PutUseCaseForModelAccess",
            "DeleteModelInvocationLoggingConfiguration",
        ),
        API_ACTIVITY,
    ),
}  # fmt: skip
"""The contract's operations and the OCSF class of each."""

AWS: Final[Mapping[str, str]] = {
    "AssumeRoleWithSAML": "AssumeRole",
    "AssumeRoleWithWebIdentity": "AssumeRole",
    "SwitchRole": "AssumeRole",
    "GetSessionToken": "AssumeRole",
    "ChangePassword": "ResetPassword",
    "UpdateLoginProfile": "ResetPassword",
    "PasswordRecoveryCompleted": "ResetPassword",
    "PasswordUpdated": "ResetPassword",
    "EmailUpdated": "ChangeEmail",
    "AcceptPrimaryEmailUpdate": "ChangeEmail",
    "StartPrimaryEmailUpdate": "ChangeEmail",
    "PutContactInformation": "UpdateContactInformation",
    "PutAlternateContact": "UpdateContactInformation",
    "CreatePaymentInstrument": "AddPaymentInstrument",
    "CreateVirtualMFADevice": "EnableMFADevice",
    "CreateCase": "CreateSupportCase",
    "InvokeModelWithResponseStream": "InvokeModel",
    "Converse": "InvokeModel",
    "ConverseStream": "InvokeModel",
    "CreateModelInvocationJob": "InvokeModel",
    "CreateGovCloudAccount": "CreateAccount",
    "RequestSpotInstances": "RunInstances",
}

GCP: Final[Mapping[str, str]] = {
    "compute.instances.insert": "RunInstances",
    "compute.instances.bulkInsert": "RunInstances",
    "compute.regionInstances.bulkInsert": "RunInstances",
    "compute.instances.delete": "TerminateInstances",
    "compute.images.insert": "CreateImage",
    "compute.machineImages.insert": "CreateImage",
    "compute.snapshots.insert": "CopySnapshot",
    "compute.disks.createSnapshot": "CopySnapshot",
    "compute.reservations.insert": "CreateCapacityReservation",
    "compute.projects.setCommonInstanceMetadata": "ImportKeyPair",
    "google.cloud.oslogin.v1.OsLoginService.ImportSshPublicKey": "ImportKeyPair",
    "google.iam.admin.v1.CreateServiceAccountKey": "CreateAccessKey",
    "google.iam.admin.v1.UploadServiceAccountKey": "CreateAccessKey",
    "google.iam.admin.v1.DeleteServiceAccountKey": "DeleteAccessKey",
    "google.api.apikeys.v2.ApiKeys.CreateKey": "CreateAccessKey",
    "google.api.apikeys.v2.ApiKeys.DeleteKey": "DeleteAccessKey",
    "google.iam.admin.v1.CreateServiceAccount": "CreateUser",
    "google.admin.AdminService.createUser": "CreateUser",
    "google.admin.AdminService.changePassword": "ResetPassword",
    "google.login.LoginService.loginSuccess": "ConsoleLogin",
    "google.login.LoginService.loginFailure": "ConsoleLogin",
    "google.login.LoginService.2svEnroll": "EnableMFADevice",
    "google.login.LoginService.2svDisable": "DeactivateMFADevice",
    "google.login.LoginService.passwordEdit": "ResetPassword",
    "google.login.LoginService.recoveryEmailEdit": "ChangeEmail",
    "google.login.LoginService.recoveryPhoneEdit": "ChangePhone",
    "GenerateAccessToken": "AssumeRole",
    "google.iam.credentials.v1.IAMCredentials.GenerateAccessToken": "AssumeRole",
    "CreateProject": "CreateAccount",
    "google.cloud.resourcemanager.v3.Projects.CreateProject": "CreateAccount",
    "google.api.cloudquotas.v1.CloudQuotas.CreateQuotaPreference": "RequestServiceQuotaIncrease",
    "google.api.cloudquotas.v1.CloudQuotas.UpdateQuotaPreference": "RequestServiceQuotaIncrease",
    "google.cloud.support.v2.CaseService.CreateCase": "CreateSupportCase",
    "google.cloud.aiplatform.v1.PredictionService.Predict": "InvokeModel",
    "google.cloud.aiplatform.v1.PredictionService.RawPredict": "InvokeModel",
    "google.cloud.aiplatform.v1.PredictionService.StreamRawPredict": "InvokeModel",
    "google.cloud.aiplatform.v1.PredictionService.ServerStreamingPredict": "InvokeModel",
    "google.cloud.aiplatform.v1.PredictionService.GenerateContent": "InvokeModel",
    "google.cloud.aiplatform.v1.PredictionService.StreamGenerateContent": "InvokeModel",
    "google.cloud.aiplatform.v1.ModelGardenService.ListPublisherModels": "ListFoundationModels",
    "google.cloud.aiplatform.v1.ModelGardenService.GetPublisherModel": (
        "GetFoundationModelAvailability"
    ),
}

AZURE: Final[Mapping[str, str]] = {
    "microsoft.compute/virtualmachines/write": "RunInstances",
    "microsoft.compute/virtualmachinescalesets/write": "RunInstances",
    "microsoft.compute/virtualmachines/delete": "TerminateInstances",
    "microsoft.compute/virtualmachinescalesets/delete": "TerminateInstances",
    "microsoft.compute/sshpublickeys/write": "ImportKeyPair",
    "microsoft.compute/sshpublickeys/generatekeypair/action": "CreateKeyPair",
    "microsoft.cognitiveservices/accounts/regeneratekey/action": "CreateAccessKey",
    "microsoft.storage/storageaccounts/regeneratekey/action": "CreateAccessKey",
    "microsoft.compute/images/write": "CreateImage",
    "microsoft.compute/galleries/images/versions/write": "CreateImage",
    "microsoft.compute/snapshots/write": "CopySnapshot",
    "microsoft.compute/capacityreservationgroups/capacityreservations/write": (
        "CreateCapacityReservation"
    ),
    "microsoft.quota/quotas/write": "RequestServiceQuotaIncrease",
    "microsoft.quota/quotarequests/write": "RequestServiceQuotaIncrease",
    "microsoft.capacity/resourceproviders/locations/servicelimits/write": (
        "RequestServiceQuotaIncrease"
    ),
    "microsoft.support/supporttickets/write": "CreateSupportCase",
    "microsoft.subscription/aliases/write": "CreateAccount",
    "microsoft.subscription/createsubscription/action": "CreateAccount",
    "microsoft.managedidentity/userassignedidentities/write": "CreateUser",
    "microsoft.cognitiveservices/accounts/models/read": "ListFoundationModels",
}

AZURE_TOLD: Final = frozenset(
    {
        "microsoft.compute/virtualmachines/write",
        "microsoft.compute/virtualmachinescalesets/write",
        "microsoft.compute/sshpublickeys/write",
        "microsoft.compute/images/write",
        "microsoft.compute/galleries/images/versions/write",
        "microsoft.compute/capacityreservationgroups/capacityreservations/write",
        "microsoft.subscription/aliases/write",
        "microsoft.managedidentity/userassignedidentities/write",
    }
)
"""Writes that answer 201 (Created) where they create and 200 (OK) where they update, as the
REST reference of each says; other writes answer alike in both cases."""

OPENAI: Final[Mapping[str, str]] = {
    "api_key.created": "CreateAccessKey",
    "api_key.deleted": "DeleteAccessKey",
    "login.succeeded": "ConsoleLogin",
    "login.failed": "ConsoleLogin",
    "user.added": "CreateUser",
    "service_account.created": "CreateUser",
    "project.created": "CreateAccount",
}

ANTHROPIC: Final[Mapping[str, str]] = {
    "api_key_created": "CreateAccessKey",
    "admin_api_key_created": "CreateAccessKey",
    "platform_api_key_created": "CreateAccessKey",
    "api_key_deleted": "DeleteAccessKey",
    "admin_api_key_deleted": "DeleteAccessKey",
    "platform_api_key_deleted": "DeleteAccessKey",
    "user_signed_in": "ConsoleLogin",
    "user_signed_in_sso": "ConsoleLogin",
    "user_signed_in_google": "ConsoleLogin",
    "user_signed_in_apple": "ConsoleLogin",
    "sso_login_succeeded": "ConsoleLogin",
    "sso_login_failed": "ConsoleLogin",
    "magic_link_login_succeeded": "ConsoleLogin",
    "magic_link_login_failed": "ConsoleLogin",
    "social_login_succeeded": "ConsoleLogin",
    "org_user_added": "CreateUser",
    "platform_workspace_created": "CreateAccount",
}

OCSF_ACCOUNT_CHANGE: Final[Mapping[int, str]] = {
    1: "CreateUser",
    3: "ResetPassword",
    4: "ResetPassword",
    10: "EnableMFADevice",
    11: "DeactivateMFADevice",
}
"""activity_id of OCSF 3001 (schema.ocsf.io, class account_change)."""


def classify(name: str, own: Mapping[str, str]) -> tuple[int, str]:
    """Return the OCSF class and the contract's name of an operation.

    >>> classify("Converse", AWS), classify("PutBucketPolicy", AWS)
    ((6003, 'InvokeModel'), (6003, 'PutBucketPolicy'))
    """
    operation = own.get(name, name)
    return CONTRACT.get(operation, API_ACTIVITY), operation
