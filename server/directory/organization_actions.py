"""Making an organization with its first clinic."""

from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from server.directory.tables import Clinic, Organization
from server.kit.ids import new_id


@dataclass(frozen=True, slots=True)
class NewOrganization:
    """What is asked of a new organization, as typed and checked."""

    name: str
    language: str
    clinic_name: str
    clinic_phone: str
    time_zone: str


def make_organization(session: AsyncSession, new: NewOrganization) -> tuple[Organization, Clinic]:
    """Add an organization and its first clinic to the caller's transaction; gives both."""
    organization = Organization(id=new_id(), name=new.name, language=new.language)
    clinic = Clinic(
        id=new_id(),
        organization_id=organization.id,
        name=new.clinic_name,
        phone=new.clinic_phone,
        time_zone=new.time_zone,
    )
    session.add_all([organization, clinic])
    return organization, clinic
