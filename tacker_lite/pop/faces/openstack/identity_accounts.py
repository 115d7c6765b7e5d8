"""Projects, users and roles of the identity API, and the shapes all of it shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tacker_lite.pop import errors, records
from tacker_lite.pop.faces.openstack import listing
from tacker_lite.pop.faces.openstack.request import Answer, Context, Route
from tacker_lite.pop.identity import refusals

View = Callable[[Context, Any], dict[str, Any]]

#: The one domain that every user and project is in.
DOMAIN = {"id": "default", "name": "Default"}

# Projects and users: an administrator lists, makes, changes and removes them


def administered(noun: str, view: View) -> list[Route]:
    """Routes that do it to one kind.

    :param noun: the wrapping key, and the name in the service's methods.
    """
    plural = f"{noun}s"

    def ask(ctx: Context, method: str, *arguments: Any) -> Any:
        require_admin(ctx, method)
        return getattr(ctx.cloud.identity, method)(*arguments)

    def list_all(ctx: Context) -> Answer:
        found = ask(ctx, f"list_{plural}")
        return collection(ctx, plural, [view(ctx, record) for record in found])

    def create(ctx: Context) -> Answer:
        record = ask(ctx, f"create_{noun}", ctx.wrapped(noun))
        return 201, {noun: view(ctx, record)}

    def update(ctx: Context, ident: str) -> Answer:
        record = ask(ctx, f"update_{noun}", ident, ctx.wrapped(noun))
        return 200, {noun: view(ctx, record)}

    def delete(ctx: Context, ident: str) -> Answer:
        ask(ctx, f"delete_{noun}", ident)
        return 204, None

    return [
        ("GET", f"/v3/{plural}", list_all),
        ("POST", f"/v3/{plural}", create),
        ("PATCH", f"/v3/{plural}/<ident>", update),
        ("DELETE", f"/v3/{plural}/<ident>", delete),
    ]


def show_project(ctx: Context, ident: str) -> Answer:
    """One project; the caller's own, or any for administrators."""
    own = ctx.token.project
    if own is None or own.id != ident:
        require_admin(ctx, "get_project")
    return 200, {"project": project_view(ctx, ctx.cloud.identity.get_project(ident))}


def show_user(ctx: Context, ident: str) -> Answer:
    """One user; the caller, or any for administrators."""
    require_self_or_admin(ctx, ident, "get_user")
    return 200, {"user": user_view(ctx, ctx.cloud.identity.get_user(ident))}


def project_view(ctx: Context, project: records.Project) -> dict[str, Any]:
    """A project as the API shows it."""
    shown = {
        "id": project.id,
        "name": project.name,
        "description": project.description,
        "enabled": project.enabled,
        "domain_id": project.domain_id,
        "parent_id": project.domain_id,
        "is_domain": False,
        "tags": [],
        "options": {},
    }
    return linked(ctx, "projects", shown)


def user_view(ctx: Context, user: records.User) -> dict[str, Any]:
    """A user as the API shows it, without a trace of the password."""
    shown = {
        "id": user.id,
        "name": user.name,
        "description": user.description,
        "enabled": user.enabled,
        "domain_id": user.domain_id,
        "password_expires_at": None,
        "options": {},
    }
    if user.default_project_id:
        shown["default_project_id"] = user.default_project_id
    if user.email:
        shown["email"] = user.email
    return linked(ctx, "users", shown)


# Roles


def list_roles(ctx: Context) -> Answer:
    """All roles; for administrators."""
    require_admin(ctx, "list_roles")
    return collection(ctx, "roles", _roles(ctx))


def show_role(ctx: Context, role_id: str) -> Answer:
    """One role; for administrators."""
    require_admin(ctx, "get_role")
    return one("role", role_id, _roles(ctx))


def list_role_assignments(ctx: Context) -> Answer:
    """Who has which role where; everybody sees their own."""
    user_id = ctx.query.get("user.id")
    if user_id != ctx.token.user.id:
        require_admin(ctx, "list_role_assignments")
    assignments = ctx.cloud.identity.list_role_assignments(
        project_id=ctx.query.get("scope.project.id"), user_id=user_id
    )
    role_id = ctx.query.get("role.id")
    if role_id:
        assignments = [a for a in assignments if a["role"]["id"] == role_id]
    if "include_names" in ctx.query and ctx.flag("include_names") is not False:
        assignments = [_named(ctx, assignment) for assignment in assignments]
    links = {"self": ctx.url, "previous": None, "next": None}
    return 200, {"role_assignments": assignments, "links": links}


def _named(ctx: Context, assignment: dict[str, Any]) -> dict[str, Any]:
    """A role assignment with the names of all that it refers to by id."""
    user = ctx.cloud.identity.get_user(assignment["user"]["id"])
    project = ctx.cloud.identity.get_project(assignment["scope"]["project"]["id"])
    return {
        **assignment,
        "user": {"id": user.id, "name": user.name, "domain": DOMAIN},
        "scope": {
            "project": {"id": project.id, "name": project.name, "domain": DOMAIN}
        },
    }


def list_granted_roles(ctx: Context, project_id: str, user_id: str) -> Answer:
    """The roles of a user in a project."""
    require_self_or_admin(ctx, user_id, "list_grants")
    granted = _granted(ctx, project_id, user_id)
    return collection(ctx, "roles", [r for r in _roles(ctx) if r["id"] in granted])


def check_role(ctx: Context, project_id: str, user_id: str, role_id: str) -> Answer:
    """Whether a user has a role in a project: 204, or else 404."""
    require_self_or_admin(ctx, user_id, "check_grant")
    if role_id not in _granted(ctx, project_id, user_id):
        raise errors.NotFound("role assignment", role_id)
    return 204, None


def grant_role(ctx: Context, project_id: str, user_id: str, role_id: str) -> Answer:
    """Give a user a role in a project; for administrators."""
    require_admin(ctx, "create_grant")
    ctx.cloud.identity.grant_role(project_id, user_id, role_id)
    return 204, None


def revoke_role(ctx: Context, project_id: str, user_id: str, role_id: str) -> Answer:
    """Take a role in a project from a user; for administrators."""
    require_admin(ctx, "revoke_grant")
    ctx.cloud.identity.revoke_role(project_id, user_id, role_id)
    return 204, None


def _roles(ctx: Context) -> list[dict[str, Any]]:
    return [
        linked(ctx, "roles", {"domain_id": None, "description": None, **role})
        for role in ctx.cloud.identity.list_roles()
    ]


def _granted(ctx: Context, project_id: str, user_id: str) -> set[str]:
    assignments = ctx.cloud.identity.list_role_assignments(
        project_id=project_id, user_id=user_id
    )
    return {assignment["role"]["id"] for assignment in assignments}


# Shapes that all collections share


def require_admin(ctx: Context, action: str) -> None:
    """:raises Forbidden: the caller is no administrator, in the service's words."""
    if not ctx.token.is_admin:
        raise refusals.not_authorized(f"identity:{action}")


def require_self_or_admin(ctx: Context, user_id: str, action: str) -> None:
    """:raises Forbidden: the caller is neither the user nor an administrator."""
    if user_id != ctx.token.user.id:
        require_admin(ctx, action)


def linked(ctx: Context, plural: str, item: dict[str, Any]) -> dict[str, Any]:
    """An item of a collection with the link to itself."""
    href = f"{ctx.service_url}/v3/{plural}/{item['id']}"
    return {**item, "links": {"self": href}}


def collection(ctx: Context, plural: str, items: Sequence[dict[str, Any]]) -> Answer:
    """A collection as the query filters it."""
    links = {"self": ctx.url, "previous": None, "next": None}
    return 200, {plural: listing.filtered(ctx, items), "links": links}


def one(kind: str, ident: str, items: Sequence[dict[str, Any]]) -> Answer:
    """The item with an id.

    :raises NotFound: there is none.
    """
    for item in items:
        if item["id"] == ident:
            return 200, {kind: item}
    raise refusals.missing(kind, ident)
