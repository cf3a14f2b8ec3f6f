"""The duties a post can give: a fixed vocabulary, each with the side on which it stands.

`buying` decides a purchase or its money; `overseeing` watches those who do, and is therefore kept from them. Opening is
`shared`: purchaser, supervision and notary open together.
"""

from dataclasses import dataclass
from typing import Literal

Side = Literal["buying", "finance", "providing", "registering", "overseeing", "shared", "running", "superior"]


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty, in the words of its desk."""

    side: Side
    zh: str
    en: str


DUTIES: dict[str, Duty] = {
    # the deployment and its posts
    "administer_posts": Duty("running", "管理岗位与账号", "administer posts and accounts"),
    "operate": Duty("running", "系统运行", "operate the system"),
    # catalog
    "draft_directory": Duty("finance", "编制目录", "draw up a directory"),
    "publish_directory": Duty("finance", "发布目录", "publish a directory"),
    "propose_project": Duty("buying", "提出项目", "propose a project"),
    "review_project": Duty("buying", "审议项目", "review a project"),
    "choose_project": Duty("buying", "从项目库选定项目", "choose a project from the pool"),
    "submit_budget": Duty("buying", "申报预算", "submit a budget"),
    "open_budget_line": Duty("finance", "下达预算", "open a budget line"),
    "review_budget": Duty("finance", "审核预算", "review a budget"),
    "write_requirement": Duty("buying", "编制采购需求", "write the requirement"),
    "review_requirement": Duty("buying", "审查采购需求", "review the requirement"),
    # tendering
    "open_procurement": Duty("buying", "立项采购", "open a procurement"),
    "draft_file": Duty("buying", "起草采购文件", "draft the tender file"),
    "check_file": Duty("buying", "核对采购文件", "check the tender file"),
    "publish_notice": Duty("buying", "发布公告", "publish the notice"),
    "open_bids": Duty("shared", "开标", "open bids"),
    "review_qualification": Duty("buying", "资格审查", "review qualification"),
    "form_panel": Duty("buying", "组建评审小组", "form the panel"),
    "score_bids": Duty("buying", "评审打分", "score bids"),
    "consent_as_second": Duty("buying", "内部审批例外事项", "consent as the purchaser's second person"),
    "consent_as_supervisor": Duty("superior", "主管预算单位同意", "consent as the supervising budget unit"),
    "approve_exception": Duty("finance", "财政批准例外事项", "approve an exception as finance"),
    "approve_award": Duty("buying", "确认成交结果", "approve the award"),
    # contracts
    "draft_contract": Duty("buying", "起草合同", "draft the contract"),
    "sign_contract": Duty("buying", "代表购买主体签订合同", "sign for the purchaser"),
    "sign_for_provider": Duty("providing", "代表承接主体签订合同", "sign for the provider"),
    "file_contract": Duty("finance", "合同备案", "file the contract"),
    "request_payment": Duty("buying", "申请付款", "ask for payment"),
    "approve_payment": Duty("buying", "批准付款", "approve payment"),
    "record_receipt": Duty("finance", "登记国库回单", "enter the treasury's receipt"),
    # evaluation
    "plan_evaluation": Duty("buying", "编制评价计划", "plan evaluations"),
    "accept_service": Duty("buying", "履约验收", "accept the service"),
    "run_survey": Duty("buying", "开展满意度调查", "run a survey"),
    "evaluate_service": Duty("buying", "评价服务", "evaluate the service"),
    "answer_objection": Duty("buying", "答复异议", "answer an objection"),
    "conclude_evaluation": Duty("buying", "作出绩效评价结论", "conclude the evaluation"),
    # provider
    "maintain_provider": Duty("providing", "维护承接主体资料", "keep the provider's record"),
    "submit_bid": Duty("providing", "递交响应文件", "submit a bid"),
    "file_objection": Duty("providing", "提出异议", "file an objection"),
    # registration authority, finance as sanctioning body
    "register_purchaser": Duty("registering", "登记购买主体", "register purchasers"),
    "register_provider": Duty("registering", "登记承接主体", "register providers"),
    "verify_provider": Duty("registering", "核验承接主体材料", "verify providers' evidence"),
    "import_result": Duty("registering", "录入既往评价结果", "enter results of before"),
    "bar_provider": Duty("finance", "禁止承接主体参与", "bar a provider"),
    # oversight
    "audit": Duty("overseeing", "审计", "audit"),
    "supervise": Duty("overseeing", "监督", "supervise"),
}

WATCHED = frozenset(name for name, duty in DUTIES.items() if duty.side not in ("overseeing", "shared"))
"""What an overseer may not do, in any organisation of the place overseen: buy, move its money, provide, register who
buys and provides, give posts, or run the system that keeps the record. Opening bids is done with the overseers."""

_ANOTHER = "it comes to nothing before another person's weighty act"
_CHOSEN = "what is bought is decided, and neither who provides it nor for what money"
_OWN = "it speaks for the provider and binds nobody: others verify, or answer"

ALONE: dict[str, str] = {
    **dict.fromkeys(("draft_directory", "propose_project", "submit_budget", "write_requirement"), _ANOTHER),
    **dict.fromkeys(("open_procurement", "draft_file", "check_file", "draft_contract"), _ANOTHER),
    **dict.fromkeys(("request_payment", "plan_evaluation"), _ANOTHER),
    **dict.fromkeys(("publish_directory", "review_project", "choose_project", "review_requirement"), _CHOSEN),
    **dict.fromkeys(("maintain_provider", "file_objection"), _OWN),
    "file_contract": "it files what two parties have signed",
    "register_purchaser": "a purchaser does nothing before posts in it are given",
    "audit": "it sees and decides nothing",
    "supervise": "it sees and decides nothing",
}
"""Duties that one administrator gives, each with the reason."""

WEIGHTY = DUTIES.keys() - ALONE.keys()
"""Duties that are proposed by one administrator and confirmed by another: each decides on money, awards or the ranking
before them, standing, bars, or other posts. A duty that nobody has named in `ALONE` is weighty."""

OVERSEEING = frozenset(name for name, duty in DUTIES.items() if duty.side == "overseeing")
