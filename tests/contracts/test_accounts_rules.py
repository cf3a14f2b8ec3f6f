"""To whom and to which account is paid once a provider has left."""

from uuid import uuid4

from services.contracts.accounts.rules import Account, Party, payee_of

PROVIDER, ONE, OTHER = (Party(uuid4(), title) for title in ("甲中心", "乙中心", "丙中心"))


def account(title: str) -> Account:
    return Account(title, "中国银行", "640001234567")


def test_a_provider_that_nobody_carries_on_for_is_paid_itself() -> None:
    assert payee_of(PROVIDER, [], account("甲中心")) == (PROVIDER, account("甲中心"))
    assert payee_of(PROVIDER, [PROVIDER, ONE], account("乙中心")) == (PROVIDER, account("乙中心"))


def test_of_several_that_share_its_rights_the_one_that_holds_the_account_is_paid() -> None:
    assert payee_of(PROVIDER, [ONE, OTHER], account("丙中心")) == (OTHER, account("丙中心"))
    assert payee_of(PROVIDER, [ONE, OTHER], account("甲中心")) == (PROVIDER, None)


def test_the_only_one_that_carries_on_is_paid_and_an_account_of_who_is_no_more_is_none() -> None:
    assert payee_of(PROVIDER, [ONE], account("甲中心")) == (ONE, None)
    assert payee_of(PROVIDER, [ONE], None) == (ONE, None)
