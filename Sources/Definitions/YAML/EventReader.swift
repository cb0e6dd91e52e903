import CLibYAML

/// The events of libyaml for one text. The only file of the module with unsafe code: the C parser and the bytes that it
/// reads live exactly as long as the reader, and nothing of them leaves it.
@safe final class EventReader {
    struct Event {
        var kind: Kind
        /// Offsets in Unicode scalars from the start of the text; the end is exclusive.
        var start: Int
        var end: Int
    }

    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd
        case alias(String)
        case scalar(String, Node.Style, Properties)
        case sequenceStart(flow: Bool, Properties)
        case sequenceEnd
        case mappingStart(flow: Bool, Properties)
        case mappingEnd
    }

    /// What may stand before a value.
    struct Properties {
        var anchor: String?
        var tag: String?
    }

    /// Why libyaml stopped, in its own words.
    struct Problem: Error {
        var message: String
        var context: String?
        /// In Unicode scalars; nil where libyaml knows only the byte.
        var offset: Int?
        var contextOffset: Int?
        var byteOffset: Int
    }

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>

    init(_ bytes: [UInt8]) {
        unsafe parser = .allocate(capacity: 1)
        unsafe input = .allocate(capacity: max(bytes.count, 1))
        _ = unsafe input.initialize(from: bytes)
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            preconditionFailure("libyaml has no memory for a parser")
        }
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe input.deallocate()
    }

    /// The next event. Throws `Problem` where the text is no YAML; after that, or after `streamEnd`, it is not called.
    func next() throws -> Event {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        defer { unsafe yaml_event_delete(&event) }
        let kind: Kind
        switch unsafe event.type {
        case YAML_STREAM_START_EVENT, YAML_NO_EVENT: kind = .streamStart
        case YAML_STREAM_END_EVENT: kind = .streamEnd
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        case YAML_ALIAS_EVENT: kind = .alias(unsafe text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let style: Node.Style =
                switch unsafe scalar.style {
                case YAML_SINGLE_QUOTED_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE: .quoted
                case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
                default: .plain
                }
            kind = .scalar(
                unsafe String(decoding: bytes, as: UTF8.self), style,
                Properties(anchor: unsafe text(scalar.anchor), tag: unsafe text(scalar.tag)))
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe event.data.sequence_start
            kind = .sequenceStart(
                flow: unsafe start.style == YAML_FLOW_SEQUENCE_STYLE,
                Properties(anchor: unsafe text(start.anchor), tag: unsafe text(start.tag)))
        case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            let start = unsafe event.data.mapping_start
            kind = .mappingStart(
                flow: unsafe start.style == YAML_FLOW_MAPPING_STYLE,
                Properties(anchor: unsafe text(start.anchor), tag: unsafe text(start.tag)))
        case YAML_MAPPING_END_EVENT: kind = .mappingEnd
        default: preconditionFailure("libyaml has a kind of event that its documentation does not list")
        }
        return unsafe Event(kind: kind, start: event.start_mark.index, end: event.end_mark.index)
    }

    private func problem() -> Problem {
        let state = unsafe parser.pointee
        let isReaderProblem = unsafe state.error == YAML_READER_ERROR
        let hasContext = unsafe state.context != nil
        return Problem(
            message: unsafe state.problem.map { unsafe String(cString: $0) } ?? "the text is not YAML",
            context: unsafe state.context.map { unsafe String(cString: $0) },
            offset: isReaderProblem ? nil : unsafe state.problem_mark.index,
            contextOffset: hasContext ? unsafe state.context_mark.index : nil,
            byteOffset: unsafe state.problem_offset)
    }

    private func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe String(cString: pointer)
    }
}
