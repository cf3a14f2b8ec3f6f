"""What the two cities buy in the story: projects, budgets, tender files, bids. Names and figures are invented."""

from dataclasses import dataclass, field
from typing import Any

CHENGDU_DIRECTORY = """code,parent,level,name_zh,name_en,note
3,,1,公共服务,Public services,示例
3.01,3,2,居家养老服务,Home care for the elderly,示例
"""


@dataclass(frozen=True, slots=True)
class Purchase:
    """One purchase as its street plans it."""

    city: str
    title: str
    item: str
    budget: str
    sources: list[dict[str, Any]]
    way: str
    nature: str
    method: str
    method_reason: str
    year: int
    service_class: int | None = None
    details: dict[str, Any] = field(default_factory=dict)
    requirement: dict[str, Any] = field(default_factory=dict)
    consultation_until: str | None = None
    file: dict[str, Any] = field(default_factory=dict)
    contents: tuple[str, ...] = ()


CONTENTS = (
    "scope",
    "object",
    "quantity",
    "quality",
    "period",
    "payment_method",
    "price",
    "settlement",
    "acceptance_standard",
    "assessment_method",
    "rights_and_duties",
    "breach_liability",
    "dispute_resolution",
)


def requirement(standards: dict[str, str], indicators: list[dict[str, Any]]) -> dict[str, Any]:
    """A complete requirement; what the text says differs by purchase, its parts do not."""
    fields = {
        "functions_or_objectives": "让服务对象就近得到稳定服务",
        "procurement_policies": "优先支持社会组织承接",
        "standards": "执行国家和行业现行标准",
        "quantity_or_scope": "见数量指标",
        "period": "合同约定期限",
        "beneficiaries": "辖区居民",
        "content": "按项目内容提供服务",
        "quality": "满意度不低于八成",
        "team_requirements": "持证人员不少于三人",
        "time": "工作日",
        "place": "街道服务中心",
        "transition": "期满前一个月交接",
        "unforeseen_handling": "双方协商",
        "settlement_method": "按合同付款条款",
    }
    return {
        "fields": fields,
        "indicators": indicators,
        "standards": standards,
        "uncertainties": [{"factor": "突发疫情", "explanation": "可能中断服务", "responsible_party": "采购人"}],
        "core_requirements": [{"name": "服务数量", "detail": "见数量指标"}],
        "result_payment": [{"level": "90 以上", "share": "1.0000"}, {"level": "80-89.99", "share": "0.9500"}],
        "argumentation": {"result": "论证通过"},
    }


def factors(*more: dict[str, Any], price: str, plan: str) -> list[dict[str, Any]]:
    """Price, plan, response, capability, and what a file adds; the weights make a hundred."""
    return [
        {"code": "price", "title": "报价", "kind": "price", "weight": price},
        {
            "code": "plan",
            "title": "服务方案",
            "kind": "service_level",
            "weight": plan,
            "matches": {"kind": "need", "reference": "content"},
            "levels": [
                {"text": "覆盖全部内容并分周安排", "points": plan},
                {"text": "覆盖全部内容，安排较细", "points": "33.10"},
                {"text": "覆盖全部内容", "points": "30.00"},
                {"text": "覆盖部分内容", "points": "24.00"},
            ],
        },
        {
            "code": "response",
            "title": "响应时限（小时）",
            "kind": "service_level",
            "weight": "15",
            "matches": {"kind": "need", "reference": "quality"},
            "indicator": {
                "lowest": "0",
                "highest": "72",
                "bands": [
                    {"lowest": "0", "highest": "24", "points": "15"},
                    {"lowest": "24", "highest": "48", "points": "8"},
                    {"lowest": "48", "highest": "72", "points": "0"},
                ],
            },
        },
        {
            "code": "capability",
            "title": "履约能力",
            "kind": "performance_capability",
            "weight": "20",
            "matches": {"kind": "need", "reference": "quality"},
            "levels": [
                {"text": "三项措施齐全并有演练", "points": "20"},
                {"text": "三项措施齐全", "points": "18.00"},
                {"text": "缺一项", "points": "15.00"},
                {"text": "缺两项", "points": "10.00"},
            ],
            "items": [{"code": "quality_control", "points": "10"}, {"code": "emergency_measures", "points": "10"}],
        },
        *more,
    ]


LATEST_RESULT = {
    "code": "latest_result",
    "title": "最近一次绩效评价结果",
    "kind": "result_reference",
    "weight": "5",
    "reason": "结果反映服务质量",
    "result_points": {"good": "5", "fair": "3", "poor": "0", "newcomer": "3"},
}


def tender_file(
    scoring: list[dict[str, Any]], starts_on: str, ends_on: str, payments: list[dict[str, Any]], **terms: Any
) -> dict[str, Any]:
    """A tender file that says what the law asks for."""
    return {
        "conditions": [
            {"code": "financial_system", "text": "有健全的财务会计制度"},
            {"code": "no_major_violation", "text": "近三年没有重大违法记录"},
        ],
        "evaluation_method": "comprehensive_scoring",
        "factors": scoring,
        "terms": {
            "starts_on": starts_on,
            "ends_on": ends_on,
            "contents": list(CONTENTS),
            "payments": payments,
            **terms,
        },
        "substantive_changes": [{"kind": "service", "text": "服务时间可以协商"}],
        "relief_channel": "向街道办事处书面提出，七个工作日内答复",
        "responsible_unit": "街道社会事务办公室",
        "small_enterprises": {
            "industry": "其他未列明行业",
            "unreserved": {"ground": "non_enterprise_priority", "reason": "依规定优先面向社会组织"},
            "deduction": "0.1000",
            "no_upward_subcontract": True,
        },
    }


def line(number: int, kind: str, amount: str, gate: str, **more: Any) -> dict[str, Any]:
    return {"number": number, "kind": kind, "amount": amount, "gate": gate, **more}


BANDS = [
    {"from_points": "90", "share": "1.0000"},
    {"from_points": "80", "share": "0.9500"},
    {"from_points": "70", "share": "0.9000"},
]

HOME_CARE = Purchase(
    city="cd",
    title="居家养老服务",
    item="3.01",
    budget="480000.00",
    sources=[{"kind": "fiscal", "amount": "480000.00"}],
    way="planned_by_purchaser",
    nature="continuous",
    method="open_tender",
    method_reason="标准明确、供应商充足，采用公开招标",
    year=2022,
    service_class=3,
    details={"beneficiaries": "辖区八十岁以上老人", "field": "elderly_care", "field_reason": "养老服务同属增进福利"},
    requirement=requirement(
        {"assessment": "按季度考核，九十分以上为优"},
        [{"name": "上门服务", "measurable": True, "value": "12000", "unit": "人次"}],
    ),
    consultation_until="2022-03-08",
    file=tender_file(
        factors(price="25", plan="40"),
        "2022-05-16",
        "2023-05-15",
        [line(n, "instalment", "160000.00", "assessment", period=n, bands=BANDS) for n in (1, 2, 3)],
        objection_window_working_days=5,
    ),
    contents=CONTENTS,
)

COUNSELLING = Purchase(
    city="zh",
    title="社区心理咨询服务",
    item="2.04",
    budget="220000.00",
    sources=[
        {"kind": "fiscal", "amount": "200000.00"},
        {"kind": "charity_public_benefit", "amount": "20000.00"},
    ],
    way="community_vote",
    nature="deliverable",
    method="competitive_consultation",
    method_reason="服务方案须磋商确定，采用竞争性磋商",
    year=2022,
    details={
        "leads": ["party_organisation", "residents_committee"],
        "marks": {"public_benefit": "居民就近得到心理支持"},
    },
    requirement=requirement(
        {"acceptance": "按次数和满意度验收"},
        [{"name": "心理咨询", "measurable": True, "value": "600", "unit": "次"}],
    ),
    file=tender_file(
        factors(price="25", plan="40"),
        "2022-05-01",
        "2022-12-15",
        [
            line(1, "advance", "88000.00", "contract"),
            line(2, "instalment", "66000.00", "acceptance"),
            line(3, "final", "66000.00", "evaluation"),
        ],
    ),
    contents=CONTENTS,
)

COUNSELLING_AGAIN = Purchase(
    city="zh",
    title="社区心理咨询服务（第二轮）",
    item="2.04",
    budget="220000.00",
    sources=[{"kind": "fiscal", "amount": "220000.00"}],
    way="planned_by_town_street",
    nature="deliverable",
    method="competitive_consultation",
    method_reason="服务方案须磋商确定，采用竞争性磋商",
    year=2023,
    details={
        "policy_ref": "街道二〇二三年民生项目安排",
        "need_refs": ["居民议事会意见汇总"],
        "marks": {"public_benefit": "居民就近得到心理支持"},
    },
    requirement=requirement(
        {"acceptance": "按次数和满意度验收"},
        [{"name": "心理咨询", "measurable": True, "value": "600", "unit": "次"}],
    ),
    file=tender_file(
        factors(LATEST_RESULT, price="20", plan="40"),
        "2023-04-01",
        "2023-11-30",
        [line(1, "final", "220000.00", "evaluation")],
    ),
    contents=CONTENTS,
)
