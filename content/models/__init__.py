"""Pages, policy texts with their editions and articles, citations, media, the library's index."""

from content.models.announcements import AnnouncementAudience, AnnouncementPage
from content.models.documents import Document, DocumentUse
from content.models.editions import Article, Citation, Edition, TextNaming
from content.models.index import IndexEntry, Synonyms, place_url
from content.models.media import MediaFile
from content.models.packages import Package
from content.models.pages import (
    LessonPage,
    LibraryPage,
    MicroLecturePage,
    PackagePage,
    PolicyTextPage,
    SiteRootPage,
    TopicPage,
    no_longer_hold,
)
from content.models.review import SelfApproval, TwoPersonApprovalTask, TwoPersonTaskState

__all__ = [
    "AnnouncementAudience",
    "AnnouncementPage",
    "Article",
    "Citation",
    "Document",
    "DocumentUse",
    "Edition",
    "IndexEntry",
    "LessonPage",
    "LibraryPage",
    "MediaFile",
    "MicroLecturePage",
    "Package",
    "PackagePage",
    "PolicyTextPage",
    "SelfApproval",
    "SiteRootPage",
    "Synonyms",
    "TextNaming",
    "TopicPage",
    "TwoPersonApprovalTask",
    "TwoPersonTaskState",
    "no_longer_hold",
    "place_url",
]
