"""The settings' index, overrides and salt: looked at when a run begins, read when it merges."""

from __future__ import annotations

import functools
from pathlib import Path

from workflows.companies.basis import CompanyBasis
from workflows.companies.index import IndexMeta, read_index, read_meta
from workflows.companies.overrides import overrides_digest, read_overrides
from workflows.companies.resolver import CompaniesByKey, KnownCompanies
from workflows.companies.temporary import TemporaryIds
from workflows.domains.domain import Domain
from workflows.errors import CompanyIndexError, OtherCompaniesError, SettingsError, Words
from workflows.runs.rules import name_rules
from workflows.settings import Settings

_OTHERS = Words(
    "此主机会给客户不同的 company_id:",
    "this host would give customers other company ids than the run that it works on:",
)
_ALIKE = Words(
    "请让各主机使用相同的索引、company_overrides.yml 和 WDH_COMPANY_ID_SALT, 或重新运行",
    "give all hosts the same index, company_overrides.yml and WDH_COMPANY_ID_SALT, or run again",
)
_NO_SALT = (
    "缺少 WDH_COMPANY_ID_SALT (至少 16 个字符的密钥, 各主机相同) / "
    "WDH_COMPANY_ID_SALT is missing: {domain} gives customers that no company is known of temporary ids, which are made"
    " under it. Set it to a secret text of at least 16 characters, the same on every host, and keep it: under another"
    " the same customers get other ids. To make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
)


def company_basis(domain: Domain, settings: Settings) -> CompanyBasis | None:
    """What the domain's company ids are told by now; None for a domain without any.

    Raises SettingsError without a salt, CompanyIndexError without an index, CatalogueError for wrong overrides: before
    a workbook is opened.
    """
    if domain.company is None:
        return None
    temporary = _temporary_ids(domain.name, settings)
    meta = read_meta(settings.company_index)
    refuse_other_rules(meta, settings)
    overrides = read_overrides(settings.company_overrides)
    return CompanyBasis(index=meta.digest, overrides=overrides_digest(overrides), salt=temporary.fingerprint)


def known_companies(domain: str, basis: CompanyBasis, settings: Settings) -> KnownCompanies:
    """Everything that answers, if it is what the run began with.

    Raises OtherCompaniesError naming what is not: two hosts of one run, or an index that was fetched meanwhile.
    """
    here, known = answering(settings, domain)
    if differences := list(basis.differences(here, "when the run began", "here")):
        raise OtherCompaniesError(
            "\n".join(
                [
                    str(_OTHERS),
                    *(f"  {line}" for line in differences),
                    str(_ALIKE),
                ]
            )
        )
    return known


def answering(settings: Settings, who: str) -> tuple[CompanyBasis, KnownCompanies]:
    """Everything that answers as the settings are now, and its digests; ``who`` is what needs it, for messages."""
    temporary = _temporary_ids(who, settings)
    overrides = read_overrides(settings.company_overrides)
    meta = read_meta(settings.company_index)
    refuse_other_rules(meta, settings)
    index = _index(settings.company_index, meta.digest)
    basis = CompanyBasis(index=meta.digest, overrides=overrides_digest(overrides), salt=temporary.fingerprint)
    return basis, KnownCompanies(overrides, index, temporary)


@functools.lru_cache(maxsize=1)
def _index(path: Path, digest: str) -> CompaniesByKey:
    """The keys of that digest, read once for all domains of a run."""
    meta, companies = read_index(path)
    if meta.digest != digest:
        raise CompanyIndexError(
            f"{path}: " + Words("读取期间被更新; 请重新运行", "was fetched anew while it was read; run again")
        )
    return companies


def refuse_other_rules(meta: IndexMeta, settings: Settings) -> None:
    """CompanyIndexError if the index's names were normalised otherwise than records' are: it would not find them."""
    if meta.rules != name_rules():
        raise CompanyIndexError(
            f"{settings.company_index}: "
            + Words(
                "索引中名称的规范规则与现在不同; 请重新运行 make fetch-index",
                "its names were normalised by other rules than those of records are now"
                f" ({meta.rules}, {name_rules()}), so they would not be found; run make fetch-index again",
            )
        )


def _temporary_ids(who: str, settings: Settings) -> TemporaryIds:
    if settings.company_id_salt is None:
        raise SettingsError(_NO_SALT.format(domain=who))
    return TemporaryIds(settings.company_id_salt.get_secret_value().encode())
