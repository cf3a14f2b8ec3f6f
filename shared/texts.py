"""Sentences for people in Chinese and English, by the stable word that programs go by: why a token was refused."""

Text = tuple[str, str]
"""In Chinese and in English."""

TOKENS: dict[str, Text] = {
    "no_token": ("请在 Authorization 请求头中以 Bearer 方式提供访问令牌。",
                 "Send an access token in the Authorization header, after the word Bearer."),
    "not_bearer": ("Authorization 请求头须为 Bearer 方式。", "The Authorization header must say Bearer and the token."),
    "several_authorization_headers": ("只能发送一个 Authorization 请求头。", "Send one Authorization header only."),
    "too_large": ("令牌过长（上限 8192 个字符），请减少令牌中的内容。",
                  "The token has more than 8192 characters; let the issuer put less into it."),
    "malformed": ("令牌不是 JWS 紧凑格式的 JWT。", "The token is no JWT in the compact form of JWS."),
    "algorithm_refused": ("签名算法须为 RS256、PS256、ES256 或 EdDSA（Ed25519），请在身份提供方更改。",
                          "Let the issuer sign with RS256, PS256, ES256 or EdDSA (Ed25519)."),
    "key_in_header": ("令牌头不得自带密钥（jku、jwk、x5u、x5c）。",
                      "The token's header must not bring a key of its own (jku, jwk, x5u, x5c)."),
    "critical_header_unknown": ("令牌头含有本系统不支持的 crit 扩展。",
                                "The token's header has a crit extension that is not known here."),
    "not_an_access_token": ("令牌类型（typ）须为 at+jwt；只能签发 JWT 的，由运维在 GOUFU_TOKEN_TYPES 中允许。",
                            "The token's typ must be at+jwt; where the issuer can only write JWT, the operator allows"
                            " it in GOUFU_TOKEN_TYPES."),
    "id_token": ("这是身份令牌（id token），请改用为本系统签发的访问令牌。",
                 "This is an id token; send the access token that was issued for this system."),
    "application_missing": ("类型为 JWT 的令牌须以 client_id 或 azp 说明签发给哪个应用。",
                            "A token of type JWT must name its application in client_id or azp."),
    "key_id_missing": ("令牌头缺少密钥编号（kid）。", "The token's header names no key (kid)."),
    "key_id_malformed": ("令牌头的密钥编号（kid）格式不正确。", "The kid in the token's header is malformed."),
    "key_unknown": ("身份提供方没有此签名密钥，或该密钥不符合要求（RSA 须不少于 2048 位）；请重新登录。",
                    "The issuer has no such key, or it will not do (of RSA at least 2048 bits); log in again."),
    "key_of_another_algorithm": ("令牌的签名算法与该密钥登记的算法不一致。",
                                 "The token's algorithm is not the one its key is published for."),
    "signature_wrong": ("令牌签名不正确，请重新登录。", "The token's signature is wrong; log in again."),
    "issuer_wrong": ("令牌不是本系统所用身份提供方签发的（iss 须与 GOUFU_ISSUER 逐字相同）。",
                     "The token is of another issuer (iss must equal GOUFU_ISSUER, letter by letter)."),
    "audience_wrong": ("令牌不是为本系统签发的：aud 须包含 GOUFU_AUDIENCE 的值。",
                       "The token is not for this system: aud must contain the value of GOUFU_AUDIENCE."),
    "expired": ("令牌已过期，请重新登录或刷新令牌。", "The token has expired; refresh it or log in again."),
    "not_yet_valid": ("令牌尚未生效，请核对服务器时间。",
                      "The token is not valid yet; compare the clocks of issuer and server."),
    "issued_in_future": ("令牌的签发时间在将来，请核对服务器时间。",
                         "The token was issued in the future; compare the clocks of issuer and server."),
    "login_in_future": ("令牌的登录时间在将来，请核对服务器时间。",
                        "The token's login lies in the future; compare the clocks of issuer and server."),
}  # fmt: skip
"""Why a token was refused, and what to do. `<claim>_missing` and `<claim>_malformed` are made by `token_text`."""

STEP_UP: dict[str, Text] = {
    "login_too_old": ("距上次登录已超过 15 分钟。", "The last login is more than 15 minutes ago."),
    "login_age_unknown": ("令牌没有 auth_time，无法得知何时登录；请身份提供方写入该项。",
                          "The token has no auth_time, so the login's age is unknown; let the issuer put it in."),
}  # fmt: skip


def said(text: Text, language: str) -> str:
    return text[1] if language == "en" else text[0]


def token_text(reason: str, language: str) -> str:
    """Why a token was refused and what to do about it."""
    if reason in TOKENS:
        return said(TOKENS[reason], language)
    claim, _, fault = reason.rpartition("_")
    if fault == "missing":
        return said(
            (f"令牌缺少 {claim}，请在身份提供方配置。", f"The token has no {claim}; let the issuer put it in."),
            language,
        )
    return said((f"令牌的 {claim} 格式不正确。", f"The token's {claim} is malformed."), language)
