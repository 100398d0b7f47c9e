"""Operations of the `events` table, their OCSF class and service."""

from __future__ import annotations

from typing import Final

_ROWS: Final = (
    ("CreateAccount", 3001, "account"), ("CreateUser", 3001, "iam"),
    ("ChangeEmail", 3001, "account"), ("ChangePhone", 3001, "account"),
    ("UpdateContactInformation", 3001, "account"), ("EnableMFADevice", 3001, "iam"),
    ("DeactivateMFADevice", 3001, "iam"), ("ResetPassword", 3001, "iam"),
    ("AddPaymentInstrument", 3001, "billing"), ("ConsoleLogin", 3002, "signin"),
    ("AssumeRole", 3002, "sts"), ("RunInstances", 6003, "compute"),
    ("TerminateInstances", 6003, "compute"), ("CreateKeyPair", 6003, "compute"),
    ("ImportKeyPair", 6003, "compute"), ("CreateAccessKey", 6003, "iam"),
    ("DeleteAccessKey", 6003, "iam"), ("CreateImage", 6003, "compute"),
    ("CopySnapshot", 6003, "compute"), ("ImportSnapshot", 6003, "compute"),
    ("CreateCapacityReservation", 6003, "compute"),
    ("RequestServiceQuotaIncrease", 6003, "quotas"), ("CreateSupportCase", 6003, "support"),
    ("InvokeModel", 6003, "models"), ("ListFoundationModels", 6003, "models"),
    ("GetFoundationModelAvailability", 6003, "models"),
    ("PutUseCaseForModelAccess", 6003, "models"),
    ("DeleteModelInvocationLoggingConfiguration", 6003, "models"),
    ("DescribeInstances", 6003, "compute"), ("GetObject", 6003, "storage"),
)  # fmt: skip
NAMES: Final = tuple(row[0] for row in _ROWS)
CLASSES: Final = tuple(row[1] for row in _ROWS)
SERVICES: Final = tuple(row[2] for row in _ROWS)
(
    CREATE_ACCOUNT, CREATE_USER, CHANGE_EMAIL, CHANGE_PHONE, UPDATE_CONTACT, ENABLE_MFA,
    DEACTIVATE_MFA, RESET_PASSWORD, ADD_PAYMENT, CONSOLE_LOGIN, ASSUME_ROLE, RUN_INSTANCES,
    TERMINATE_INSTANCES, CREATE_KEY_PAIR, IMPORT_KEY_PAIR, CREATE_ACCESS_KEY,
    DELETE_ACCESS_KEY, CREATE_IMAGE, COPY_SNAPSHOT, IMPORT_SNAPSHOT, CREATE_RESERVATION,
    QUOTA_INCREASE, CREATE_SUPPORT_CASE, INVOKE_MODEL, LIST_MODELS, GET_AVAILABILITY,
    PUT_USE_CASE, DELETE_LOGGING, DESCRIBE, GET_OBJECT,
) = range(len(_ROWS))  # fmt: skip
