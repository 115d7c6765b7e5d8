"""Who sees which image: visibility, and members of shared ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tacker_lite.pop import records
from tacker_lite.pop.errors import BadRequest, Conflict, Forbidden, NotFound
from tacker_lite.pop.image_attributes import MOST, LimitExceeded
from tacker_lite.pop.store import Table

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

MEMBER_STATUSES = ("pending", "accepted", "rejected")


@dataclass(frozen=True)
class Member:
    """A project that an image is shared with.

    :ivar id: of the image and the project, joined by ``/``.
    :ivar status: ``accepted`` puts the image into the project's own lists.
    """

    id: str
    image_id: str
    project_id: str
    status: str = "pending"
    created_at: str = ""
    updated_at: str = ""


class ImageSharing:
    """The part of the image service that says who sees what.

    Every method takes the caller's project; None: an administrator, who sees all.
    """

    def __init__(self, cloud: Cloud):
        self.cloud = cloud
        place = (cloud.store, cloud.pop.name)
        self.images = Table(*place, "image", records.Image)
        self.members = Table(*place, "image_member", Member)

    def get_image(self, project_id: str | None, ident: str) -> records.Image:
        """By id.

        :raises NotFound: when the project sees no such image.
        """
        with self.cloud.lock:
            image = self.images.get(ident)
            if image is None or not (
                project_id in (None, image.project_id)
                or image.visibility in ("public", "community")
                or self._member_status(image, project_id)
            ):
                raise NotFound("image", ident, f"No image found with ID {ident}")
        return image

    def _member_status(self, image: records.Image, project_id: str | None) -> str:
        """Empty when the image is not shared with the project."""
        member = self.members.get(f"{image.id}/{project_id}")
        return member.status if member and image.visibility == "shared" else ""

    def list_images(
        self,
        project_id: str | None,
        visibility: str | None = None,
        member_status: str = "accepted",
    ) -> list[records.Image]:
        """Those that the project sees, newest first.

        :param visibility: only such ones; ``all``: those of every visibility.
        :param member_status: of the project's memberships that count; ``all``: any.
        """
        with self.cloud.lock:
            rows = [
                row
                for row in self.images
                if visibility in (None, "all", row.visibility)
                and self._listed(project_id, row, visibility, member_status)
            ]
        rows.reverse()
        return rows

    def _listed(
        self,
        project_id: str | None,
        image: records.Image,
        visibility: str | None,
        member_status: str,
    ) -> bool:
        if project_id in (None, image.project_id) or image.visibility == "public":
            return True
        if image.visibility == "community":
            # Others' are listed to those only who ask for them.
            return visibility in ("community", "all")
        status = self._member_status(image, project_id)
        return bool(status) and member_status in (status, "all")

    def own(self, project_id: str | None, ident: str) -> records.Image:
        """An image that the project may change.

        :raises Forbidden: when it sees it, and it is another's.
        """
        image = self.get_image(project_id, ident)
        if project_id not in (None, image.project_id):
            raise Forbidden("You do not own this image")
        return image

    def list_members(self, project_id: str | None, ident: str) -> list[Member]:
        """All for the owner; for a member its own membership."""
        image = self.get_image(project_id, ident)
        self._require_shared(image)
        whole = project_id in (None, image.project_id)
        with self.cloud.lock:
            return [
                row
                for row in self.members
                if row.image_id == ident and (whole or row.project_id == project_id)
            ]

    def get_member(self, project_id: str | None, ident: str, member_id: str) -> Member:
        """:raises NotFound: when the image is not shared with that project."""
        for member in self.list_members(project_id, ident):
            if member.project_id == member_id:
                return member
        raise NotFound(
            "member",
            member_id,
            f"{member_id} not found in the member list of the image {ident}.",
        )

    def add_member(self, project_id: str | None, ident: str, member_id: str) -> Member:
        """Share an image with a project.

        :raises Conflict: when it is already.
        :raises Forbidden: when the image is not a shared one, or another's.
        """
        with self.cloud.lock:
            self._require_shared(self.own(project_id, ident))
            key = f"{ident}/{member_id}"
            if key in self.members:
                raise Conflict(f"Member {member_id} is duplicated for image {ident}")
            count = len(self.list_members(project_id, ident)) + 1
            if count > MOST:
                raise LimitExceeded(
                    "The limit has been exceeded on the number of allowed image members"
                    f" for this image. Attempted: {count}, Maximum: {MOST}"
                )
            now = records.now()
            member = Member(key, ident, member_id, created_at=now, updated_at=now)
            return self.members.put(member)

    def set_member_status(
        self, project_id: str | None, ident: str, member_id: str, status: str
    ) -> Member:
        """Accept or reject a share, as the project it was offered to.

        :raises Forbidden: when the caller is the image's owner.
        """
        if status not in MEMBER_STATUSES:
            raise BadRequest(
                'Incorrect request: Status must be "pending", "accepted" or "rejected".'
            )
        with self.cloud.lock:
            member = self.get_member(project_id, ident, member_id)
            if project_id not in (None, member.project_id):
                raise Forbidden(f"Not allowed to update members for image {ident}.")
            moment = records.now()
            return self.members.change(member.id, status=status, updated_at=moment)

    def remove_member(self, project_id: str | None, ident: str, member_id: str) -> None:
        """End a share."""
        with self.cloud.lock:
            self._require_shared(self.own(project_id, ident))
            self.members.delete(self.get_member(project_id, ident, member_id).id)

    def _require_shared(self, image: records.Image) -> None:
        if image.visibility != "shared":
            raise Forbidden("Only shared images have members.")
