"""The words of the provider register, and the wider words by which the texts mean them.

A kind, register or kind of evidence has one name here; a text names it by that name or by a wider one.
"""

KINDS: dict[str, tuple[str, ...]] = {
    "social_organisation": ("social_force",),
    "community_social_organisation": ("social_force",),
    "enterprise": ("social_force",),
    "agency": ("other_registered_body", "social_force"),
    "other_registered_body": ("social_force",),
    "rural_collective": ("social_force",),
    "self_governing_organisation": ("social_force",),
    "class2_institution": ("public_institution", "eligible_public_institution", "public_welfare_ii"),
    "business_institution": ("public_institution", "eligible_public_institution", "enterprise_managed"),
    "institution_to_be_enterprise": (
        "public_institution",
        "eligible_public_institution",
        "business_institution",
        "to_be_enterprise",
        "enterprise_managed",
    ),
    "class1_institution": ("public_institution",),
    "institution_with_admin_functions": ("public_institution",),
    "group_organisation": ("group_organisation_institution_posts",),
    "administrative_organ": (),
}
"""Kinds of body that may ask to be registered. A natural person is none: their name would become public."""

INSTITUTIONS = frozenset(kind for kind, wider in KINDS.items() if "public_institution" in wider)

FORMS = ("social_association", "private_non_enterprise", "foundation")

REGISTERS: dict[str, tuple[str, ...]] = {
    "national_civil_affairs": ("civil_affairs", "registration_authority"),
    "province_civil_affairs": ("civil_affairs", "registration_authority"),
    "city_civil_affairs": ("civil_affairs", "registration_authority"),
    "district_civil_affairs": ("civil_affairs", "registration_authority"),
    "town_street_filing": (),
    "state_council_exemption": (),
    "industry_commerce": (),
    "industry_regulator": (),
    "institution_register": (),
}
"""Where a body is registered, filed or exempted."""

LEVELS = ("town", "district", "city", "province", "nation")
"""Levels of the body that issued a paper, lowest first."""

EVIDENCE: dict[str, tuple[str, ...]] = {
    "legal_person_certificate": ("independent_liability", "legal_person"),
    "credit_report": ("good_record",),
    "financial_system": ("financial_system",),
    "facilities": ("facilities",),
    "staff": ("staff",),
    "professional_ability": ("professional_ability",),
    "internal_governance": ("internal_governance",),
    "asset_management": ("asset_management",),
    "tax": ("tax_paid",),
    "social_security": ("social_security_paid",),
    "charter": ("public_benefit", "non_profit"),
    "operation_report": ("good_operation",),
    "development_finding": ("innovation_capacity", "sustainable_development"),
    "professional_staff": ("professional_staff_majority",),
    "service_method": ("social_work_method",),
    "assessment_grade": (),
    "annual_inspection": (),
    "registration_penalty": (),
    "registration_demand": (),
    "penalty": (),
}
"""Kinds of evidence, each with the conditions that a verified, valid paper of the kind proves."""

RESULTS: dict[str, tuple[str, ...]] = {
    "assessment_grade": ("1A", "2A", "3A", "4A", "5A"),
    "annual_inspection": ("passed", "failed", "omitted"),
    "penalty": ("criminal_penalty", "stop_order", "licence_revoked", "large_fine", "small_fine", "warning"),
}
"""What a paper of such a kind says; papers of the other kinds say nothing but that they exist."""

BY_AUTHORITY = frozenset({"registration_penalty", "registration_demand", "penalty"})
"""Kinds that a provider does not enter about itself."""
