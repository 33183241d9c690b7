"""The domains that have company ids name fields that they have."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflows import domains
from workflows.domains.domain import Domain
from workflows.domains.registry import get_domain
from workflows.errors import ParameterError


def all_domains() -> list[Domain]:
    found = []
    for module in Path(domains.__path__[0]).glob("*.py"):
        try:
            found.append(get_domain(module.stem))
        except ParameterError:
            continue
    return found


@pytest.mark.parametrize("domain", [each for each in all_domains() if each.company], ids=lambda domain: domain.name)
def test_the_fields_are_the_records_own(domain: Domain) -> None:
    assert domain.company is not None
    company = domain.company
    keys = [company.customer_name, company.plan_code, company.account_number, company.account_name]
    assert {key for key in keys if key} <= set(domain.business_columns)
    # Found while merging, so that no header and no rule of the domain may fill it.
    assert company.target not in {*domain.kinds, *domain.derived, *domain.fillings}
    assert (domain.sql_type(company.target), domain.is_nullable(company.target)) == ("varchar(50)", True)


def test_the_four_domains_of_pension_managers_have_company_ids() -> None:
    assert {"annuity_performance", "annuity_income", "annual_award", "annual_loss"} == {
        domain.name for domain in all_domains() if domain.company
    }
