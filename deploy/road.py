"""The road laid by the administrator: topics, the users that may use them, and what each of them may do there."""

from typing import Final
from urllib.parse import unquote, urlsplit

from shared import bus
from shared.bus.access import USERS, rights, user_of
from shared.bus.login import Login
from shared.bus.postgres import install
from shared.events import SERVICES
from shared.process.settings import Settings, SettingsError
from shared.road.migrations import password_of, role_of
from shared.worker import make_topics

_ADMIT: Final = ("users", "rights", "nothing")


class RightsMissing(Exception):
    """This login may not give rights or make users; `lines` are the rights that somebody else has to give."""

    def __init__(self, why: str, lines: list[str]) -> None:
        super().__init__(why)
        self.lines = lines


async def lay(settings: Settings, url: str, secret: str) -> dict[str, str]:
    """Topics, users and rights; safe to run again. Returns the passwords of the users made, by service; they are
    derived from the deployment's secret. `url` is the administrator's on PostgreSQL, where roles are the users.

    Raises SettingsError, RightsMissing, TopicMismatch, BusUnavailable.
    """
    login, prefix = settings.bus_login(), settings.topic_prefix
    wanted = admits(settings, login)
    named = _names(settings, url)
    passwords = {who: password_of(secret, user) for who, user in named.items()} if wanted == "users" else {}
    if settings.bus == "postgres":
        await install(url, [])
    connection = bus.connect(url if settings.bus == "postgres" else settings.bus, login)
    try:
        await make_topics(connection, prefix)
        if wanted != "nothing":
            given = [right for right in rights(prefix, named) if right.user in named.values()]
            try:
                await connection.admit(given, {named[who]: password for who, password in passwords.items()})
            except bus.NotAdmitted as error:
                why = f"{error}: have them made by somebody who may, and set GOUFU_BUS_ADMIT=rights or nothing"
                raise RightsMissing(why, [str(right) for right in given]) from error
    finally:
        await connection.close()
    return passwords


def _names(settings: Settings, url: str) -> dict[str, str]:
    """What each is called on the bus; on PostgreSQL by the service's role, and integrators read over HTTP there."""
    if settings.bus == "postgres":
        database = unquote(urlsplit(url).path.lstrip("/"))
        return {who: settings.bus_users.get(who) or role_of(database, who) for who in SERVICES}
    return {who: settings.bus_users.get(who) or user_of(who, settings.topic_prefix) for who in USERS}


def admits(settings: Settings, login: Login) -> str:
    """What is done for the others, unless the settings say otherwise: users where one logs in with a password, their
    rights alone where by certificate and on PostgreSQL, nothing where nobody logs in. Raises SettingsError."""
    if settings.bus_admit not in ("", *_ADMIT):
        raise SettingsError(f"GOUFU_BUS_ADMIT is one of {', '.join(_ADMIT)}, not {settings.bus_admit}")
    if settings.bus == "postgres":
        return "rights"
    usual = "users" if login.by_password else "rights" if login.encrypted and login.cert else "nothing"
    return settings.bus_admit or usual
