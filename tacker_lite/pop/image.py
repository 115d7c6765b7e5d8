"""Images of a PoP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, TYPE_CHECKING, Any

from tacker_lite.pop import records

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

Attrs = Mapping[str, Any]


class ImageService:
    """What the image API offers."""

    def __init__(self, cloud: Cloud):
        self.cloud = cloud

    def create_image(self, project_id: str | None, attrs: Attrs) -> records.Image:
        """status queued, or active when attrs carry ``location``."""
        raise NotImplementedError

    def upload(
        self, project_id: str | None, ident: str, chunks: Iterable[bytes]
    ) -> records.Image:
        """Store the data; queued to active."""
        raise NotImplementedError

    def data(self, project_id: str | None, ident: str) -> IO[bytes]:
        """The data as an open file; NotFound when there is none."""
        raise NotImplementedError

    def update_image(
        self, project_id: str | None, ident: str, changes: list[dict[str, Any]]
    ) -> records.Image:
        """JSON patch operations ({op,path,value})."""
        raise NotImplementedError

    def delete_image(self, project_id: str | None, ident: str) -> None:
        """Remove with its data."""
        raise NotImplementedError

    def get_image(self, project_id: str | None, ident: str) -> records.Image:
        """By id."""
        raise NotImplementedError

    def list_images(self, project_id: str | None) -> list[records.Image]:
        """Visible ones."""
        raise NotImplementedError
