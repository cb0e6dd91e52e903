package import HTTPTypes

/// What a route answers: whole, so that it can be kept and sent again.
package struct Answer: Sendable {
    package var status: HTTPResponse.Status
    package var headers: HTTPFields
    package var body: [UInt8]

    package init(_ type: ContentType, _ body: [UInt8], status: HTTPResponse.Status = .ok) {
        self.status = status
        headers = [.contentType: type.rawValue]
        self.body = body
    }

    package init(_ type: ContentType, text: String, status: HTTPResponse.Status = .ok) {
        self.init(type, Array(text.utf8), status: status)
    }

    /// Without content: 304 and the like.
    package init(_ status: HTTPResponse.Status, headers: HTTPFields = [:]) {
        self.status = status
        self.headers = headers
        body = []
    }

    /// To another page, after a form.
    package static func redirect(_ location: String) -> Answer { Answer(.seeOther, headers: [.location: location]) }

    package enum ContentType: String, Sendable {
        case json = "application/json"
        case problem = "application/problem+json"
        case csv = "text/csv; charset=utf-8"
        case html = "text/html; charset=utf-8"
        case css = "text/css; charset=utf-8"
        case script = "text/javascript; charset=utf-8"
        case svg = "image/svg+xml"
        case text = "text/plain; charset=utf-8"
        /// The exposition format of Prometheus.
        case metrics = "text/plain; version=0.0.4; charset=utf-8"
    }

    package var text: String { String(decoding: body, as: UTF8.self) }
}
