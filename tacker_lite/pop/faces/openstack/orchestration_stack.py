"""Finding the stack that a request of the orchestration API is about."""

from __future__ import annotations

from urllib.parse import quote

from tacker_lite.pop import errors
from tacker_lite.pop.faces.openstack.request import Context
from tacker_lite.pop.stack.errors import EntityNotFound
from tacker_lite.pop.stack.lookup import Owner
from tacker_lite.pop.stack.records import Stack

Links = list[dict[str, str]]


def owner(ctx: Context) -> Owner:
    """For whom a stack is made: the bearer of the token."""
    return Owner(ctx.project_id, ctx.token.user.id, ctx.token.is_admin)


def check_project(ctx: Context, project: str) -> None:
    """:raises Forbidden: the path names another project than the token."""
    if project != ctx.project_id and not ctx.token.is_admin:
        raise errors.Forbidden(
            "The token is for another project than the one in the URL."
        )


def stack_of(ctx: Context, project: str, ident: str, name: str = "") -> Stack:
    """The stack of a path.

    :param ident: its id, or its name where the path has nothing else.
    :param name: its name where the path has both.
    :raises EntityNotFound: there is none, or it has another name.
    """
    check_project(ctx, project)
    stack = ctx.cloud.stacks.get_stack(project, ident)
    if name and name != stack.name:
        raise EntityNotFound("Stack", name)
    return stack


def links(ctx: Context, stack: Stack) -> Links:
    """The stack's own link."""
    return [{"rel": "self", "href": stack_url(ctx, stack)}]


def stack_url(ctx: Context, stack: Stack) -> str:
    """The stack's whole path, by name and id."""
    project = f"{ctx.service_url}/v1/{stack.project_id}"
    return f"{project}/stacks/{quote(stack.name)}/{stack.id}"


def resource_url(ctx: Context, stack: Stack, name: str) -> str:
    """A resource's path."""
    return f"{stack_url(ctx, stack)}/resources/{quote(name, safe='')}"
