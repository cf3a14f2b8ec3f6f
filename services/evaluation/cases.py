"""What cases may ask of this service's rules, by name (see shared/law/cases.py)."""

from services.evaluation.acceptance.rules import conclude_acceptance, correct_acceptance, open_acceptance
from services.evaluation.assessments.rules import assess, open_assessment
from services.evaluation.conclusions.rules import conclude, give_part
from services.evaluation.mandates.rules import entrust
from services.evaluation.objections.rules import answer_objection, file_objection
from services.evaluation.plans.rules import set_targets
from services.evaluation.surveys.rules import close_survey
from shared.law.cases import Rule

QUESTIONS: dict[str, Rule] = {
    "targets": set_targets,
    "acceptance-begun": open_acceptance,
    "acceptance": conclude_acceptance,
    "acceptance-corrected": correct_acceptance,
    "assessment-begun": open_assessment,
    "assessment": assess,
    "objection": file_objection,
    "objection-answer": answer_objection,
    "survey": close_survey,
    "mandate": entrust,
    "evaluation-part": give_part,
    "evaluation": conclude,
}
