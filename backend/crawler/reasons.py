from enum import StrEnum


class Reason(StrEnum):
    """Why a URL gave no image: `retryable` ones could not be had now, the others were refused on merit."""

    BAD_URL = "bad_url"
    ADDRESS_FORBIDDEN = "address_forbidden"
    ROBOTS_DISALLOWED = "robots_disallowed"
    OPTED_OUT = "opted_out"
    NOT_FOUND = "not_found"
    ACCESS_DENIED = "access_denied"
    HTTP_ERROR = "http_error"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    TOO_LARGE = "too_large"
    NOT_A_PAGE = "not_a_page"
    NOT_AN_IMAGE = "not_an_image"
    UNSUPPORTED_FORMAT = "unsupported_format"
    CORRUPT = "corrupt"
    TOO_SMALL = "too_small"
    TOO_MANY_PIXELS = "too_many_pixels"

    DNS_FAILED = "dns_failed"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TLS_ERROR = "tls_error"
    INCOMPLETE = "incomplete"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    ROBOTS_UNREACHABLE = "robots_unreachable"

    @property
    def retryable(self) -> bool:
        return self in _RETRYABLE


_RETRYABLE = frozenset(
    {
        Reason.DNS_FAILED,
        Reason.UNREACHABLE,
        Reason.TIMEOUT,
        Reason.TLS_ERROR,
        Reason.INCOMPLETE,
        Reason.RATE_LIMITED,
        Reason.SERVER_ERROR,
        Reason.ROBOTS_UNREACHABLE,
    }
)
