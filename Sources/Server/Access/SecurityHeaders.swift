import HTTPTypes

/// Headers that every answer has.
enum SecurityHeaders {
    /// Pages load nothing but what this server has, run no script but its own file, and are shown in no other page.
    static let contentSecurityPolicy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    /// - Parameter isPrivate: answers are for who has a token, and for no shared cache.
    static func add(to answer: inout Answer, isPrivate: Bool) {
        func set(_ name: String, _ value: String) {
            guard let name = HTTPField.Name(name), answer.headers[name] == nil else { return }
            answer.headers[name] = value
        }
        set("X-Content-Type-Options", "nosniff")
        set("Content-Security-Policy", contentSecurityPolicy)
        set("Referrer-Policy", "same-origin")
        set("X-Frame-Options", "DENY")
        set("Cross-Origin-Opener-Policy", "same-origin")
        set("Cross-Origin-Resource-Policy", "same-origin")
        set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if let control = answer.headers[.cacheControl] {
            if isPrivate { answer.headers[.cacheControl] = "private, " + control }
        } else {
            answer.headers[.cacheControl] = "no-store"
        }
    }
}
