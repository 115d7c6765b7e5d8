"""The identity API (v3): versions, tokens, catalogue, projects, users and roles.

Every user and project is in the one domain ``default``.
"""

from __future__ import annotations

from typing import Any

from tacker_lite.pop import errors, records
from tacker_lite.pop.faces.openstack import identity_accounts as accounts
from tacker_lite.pop.faces.openstack import identity_credentials as credentials
from tacker_lite.pop.faces.openstack.request import Answer, Context, Route
from tacker_lite.pop.identity import refusals

SERVICE = "identity"


def show_versions(ctx: Context) -> Answer:
    """The versions there are, for discovery."""
    return 300, {"versions": {"values": [_version(ctx)]}}


def show_version(ctx: Context) -> Answer:
    """The one version, for discovery."""
    return 200, {"version": _version(ctx)}


def _version(ctx: Context) -> dict[str, Any]:
    return {
        "id": "v3.14",
        "status": "stable",
        "updated": "2020-04-07T00:00:00Z",
        "links": [{"rel": "self", "href": f"{ctx.service_url}/v3/"}],
        "media-types": [
            {
                "base": "application/json",
                "type": "application/vnd.openstack.identity-v3+json",
            }
        ],
    }


# Tokens


def create_token(ctx: Context) -> Answer:
    """Log in: a token for a password, an application credential or another token."""
    token = ctx.cloud.identity.authenticate(ctx.body)
    return 201, _token(ctx, token), {"X-Subject-Token": token.id}


def show_token(ctx: Context) -> Answer:
    """Validate the token in X-Subject-Token."""
    subject = _subject(ctx)
    return 200, _token(ctx, subject), {"X-Subject-Token": subject.id}


def delete_token(ctx: Context) -> Answer:
    """Revoke the token in X-Subject-Token."""
    ctx.cloud.identity.revoke(_subject(ctx).id)
    return 204, None


def _subject(ctx: Context) -> records.Token:
    """The token that X-Subject-Token names, when the caller may see it.

    :raises NotFound: it is unknown, expired or revoked.
    :raises Forbidden: it is somebody else's, and the caller no service.
    """
    secret = ctx.headers.get("X-Subject-Token", "")
    if not secret:
        raise refusals.not_authorized("identity:validate_token")
    try:
        subject = ctx.cloud.identity.validate(secret)
    except errors.Unauthorized as error:
        message = "Could not recognize the token"
        raise errors.NotFound("token", "", message) from error
    caller = ctx.token
    privileged = caller.is_admin or "service" in caller.roles
    if not privileged and subject.user.id != caller.user.id:
        raise refusals.not_authorized("identity:validate_token")
    return subject


def _token(ctx: Context, token: records.Token) -> dict[str, Any]:
    role_ids = {role["name"]: role["id"] for role in ctx.cloud.identity.list_roles()}
    body: dict[str, Any] = {
        "methods": list(token.methods),
        "user": {
            "id": token.user.id,
            "name": token.user.name,
            "domain": accounts.DOMAIN,
            "password_expires_at": None,
        },
        "audit_ids": [token.audit_id],
        "issued_at": token.issued_at,
        "expires_at": token.expires_at,
    }
    if token.application_credential:
        body["application_credential"] = dict(token.application_credential)
    if token.project:
        body["project"] = {
            "id": token.project.id,
            "name": token.project.name,
            "domain": accounts.DOMAIN,
        }
        body["is_domain"] = False
        body["roles"] = [
            {"id": role_ids.get(name, name), "name": name} for name in token.roles
        ]
        if "nocatalog" not in ctx.query:
            body["catalog"] = token.catalog
    return {"token": body}


# What a token's bearer may reach


def show_catalog(ctx: Context) -> Answer:
    """The services that the caller's project may use, and where they are."""
    links = {"self": ctx.url, "previous": None, "next": None}
    catalog = ctx.cloud.identity.catalog(ctx.project_id)
    return 200, {"catalog": catalog, "links": links}


def list_own_projects(ctx: Context) -> Answer:
    """The projects in which the caller has a role."""
    return list_user_projects(ctx, ctx.token.user.id)


def list_user_projects(ctx: Context, user_id: str) -> Answer:
    """The projects in which a user has a role."""
    accounts.require_self_or_admin(ctx, user_id, "list_user_projects")
    projects = ctx.cloud.identity.projects_of(user_id)
    return accounts.collection(
        ctx, "projects", [accounts.project_view(ctx, project) for project in projects]
    )


def list_domains(ctx: Context) -> Answer:
    """The one domain there is; for administrators."""
    accounts.require_admin(ctx, "list_domains")
    return accounts.collection(ctx, "domains", [_domain(ctx)])


def list_own_domains(ctx: Context) -> Answer:
    """None: roles are had in projects only."""
    return accounts.collection(ctx, "domains", [])


def show_domain(ctx: Context, domain_id: str) -> Answer:
    """The one domain by its id."""
    if domain_id != accounts.DOMAIN["id"]:
        raise refusals.missing("domain", domain_id)
    return 200, {"domain": _domain(ctx)}


def _domain(ctx: Context) -> dict[str, Any]:
    return accounts.linked(
        ctx, "domains", {**accounts.DOMAIN, "description": "", "enabled": True}
    )


# Regions, services and endpoints: read only, the topology file says what there is


def list_regions(ctx: Context) -> Answer:
    """The PoP's one region."""
    return accounts.collection(ctx, "regions", _regions(ctx))


def show_region(ctx: Context, region_id: str) -> Answer:
    """The PoP's one region by its id."""
    return accounts.one("region", region_id, _regions(ctx))


def list_services(ctx: Context) -> Answer:
    """The services of the PoP's catalogue; for administrators."""
    accounts.require_admin(ctx, "list_services")
    return accounts.collection(ctx, "services", _services(ctx))


def show_service(ctx: Context, service_id: str) -> Answer:
    """One service of the PoP's catalogue; for administrators."""
    accounts.require_admin(ctx, "get_service")
    return accounts.one("service", service_id, _services(ctx))


def list_endpoints(ctx: Context) -> Answer:
    """Where the services of the PoP's catalogue are; for administrators."""
    accounts.require_admin(ctx, "list_endpoints")
    return accounts.collection(ctx, "endpoints", _endpoints(ctx))


def show_endpoint(ctx: Context, endpoint_id: str) -> Answer:
    """One endpoint of the PoP's catalogue; for administrators."""
    accounts.require_admin(ctx, "get_endpoint")
    return accounts.one("endpoint", endpoint_id, _endpoints(ctx))


def _regions(ctx: Context) -> list[dict[str, Any]]:
    region = {"id": ctx.cloud.pop.region, "description": "", "parent_region_id": None}
    return [accounts.linked(ctx, "regions", region)]


def _services(ctx: Context) -> list[dict[str, Any]]:
    services = ctx.cloud.identity.list_services()
    return [accounts.linked(ctx, "services", service) for service in services]


def _endpoints(ctx: Context) -> list[dict[str, Any]]:
    return [
        accounts.linked(
            ctx,
            "endpoints",
            {"enabled": True, "region": endpoint["region_id"], **endpoint},
        )
        for endpoint in ctx.cloud.identity.list_endpoints()
    ]


_GRANT = "/v3/projects/<project_id>/users/<user_id>/roles"

ROUTES: list[Route] = [
    ("GET", "/", show_versions),
    ("GET", "/v3", show_version),
    ("POST", "/v3/auth/tokens", create_token),
    ("GET", "/v3/auth/tokens", show_token),
    ("DELETE", "/v3/auth/tokens", delete_token),
    ("GET", "/v3/auth/catalog", show_catalog),
    ("GET", "/v3/auth/projects", list_own_projects),
    ("GET", "/v3/auth/domains", list_own_domains),
    ("GET", "/v3/domains", list_domains),
    ("GET", "/v3/domains/<domain_id>", show_domain),
    ("GET", "/v3/regions", list_regions),
    ("GET", "/v3/regions/<region_id>", show_region),
    ("GET", "/v3/services", list_services),
    ("GET", "/v3/services/<service_id>", show_service),
    ("GET", "/v3/endpoints", list_endpoints),
    ("GET", "/v3/endpoints/<endpoint_id>", show_endpoint),
    *accounts.administered("project", accounts.project_view),
    ("GET", "/v3/projects/<ident>", accounts.show_project),
    ("GET", _GRANT, accounts.list_granted_roles),
    ("GET", _GRANT + "/<role_id>", accounts.check_role),
    ("PUT", _GRANT + "/<role_id>", accounts.grant_role),
    ("DELETE", _GRANT + "/<role_id>", accounts.revoke_role),
    *accounts.administered("user", accounts.user_view),
    ("GET", "/v3/users/<ident>", accounts.show_user),
    ("GET", "/v3/users/<user_id>/projects", list_user_projects),
    *credentials.ROUTES,
    ("GET", "/v3/roles", accounts.list_roles),
    ("GET", "/v3/roles/<role_id>", accounts.show_role),
    ("GET", "/v3/role_assignments", accounts.list_role_assignments),
]

PUBLIC = frozenset(
    {show_versions, show_version, create_token, credentials.change_password}
)
#: What users do for themselves.
FOR_READERS = frozenset(
    {delete_token, credentials.create_credential, credentials.delete_credential}
)
