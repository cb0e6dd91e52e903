/// ISO 8601 in SQL, as `Instant(iso8601:zone:)` reads it: `2026-01-31`, `2026-01-31T10:00`, `2026-01-31 10:00:00.123456`, those
/// with a time with an optional `Z`, `UTC`, `+02:00` or `+02`; without one it is a time of the zone.
enum TimestampTextSQL {
    private static let date = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
    private static let time = "([Tt ][0-2][0-9]:[0-5][0-9](:[0-5][0-9]([.,][0-9]+)?)?)"

    /// Microseconds; null where the text is none.
    ///
    /// - Parameters:
    ///   - text: the text without blanks around it.
    ///   - zone: the parameter with the zone's name.
    static func microseconds(of text: String, zone: String, _ parameters: SQLText) -> String {
        let wall = parameters.text("^\(date)\(time)? ?$", "wall_time")
        let zoned = parameters.text("^\(date)\(time) ?(Z|z|UTC|[+-][0-2][0-9](:?[0-5][0-9])?)$", "zoned_time")
        // Spark knows capitals and the point, and before an offset seconds.
        let plain = "UPPER(REPLACE(\(text), ',', '.'))"
        let read = "TRY_CAST(\(plain) AS TIMESTAMP)"
        let minutes = parameters.text("^(.{11}[0-9]{2}:[0-9]{2})( ?[ZU+-])", "minutes")
        let withSeconds = parameters.text("$1:00$2", "with_seconds")
        let readZoned = "TRY_CAST(REGEXP_REPLACE(\(plain), \(minutes), \(withSeconds)) AS TIMESTAMP)"
        return """
            CASE WHEN \(text) RLIKE \(wall) THEN UNIX_MICROS(TO_UTC_TIMESTAMP(\(read), \(zone)))
              WHEN \(text) RLIKE \(zoned) THEN UNIX_MICROS(\(readZoned)) END
            """
    }
}
