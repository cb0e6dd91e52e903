/// TN6: Spark.
extension Code {
    package static let spark: [Code] = [
        sparkUnavailable, sparkAccess, sparkVersion, sparkTimeout, sparkStatement, sparkTable, sparkAddress,
    ]

    package static let sparkUnavailable = Code(
        "TN601", "Spark does not answer",
        """
        Nobody answers at the address of engine: spark: remote:, or the server went away while it worked. Tenure speaks \
        Spark Connect: the address is that of its port, sc://host:15002 unless told otherwise, and not the cluster's master. \
        A server that is gone has taken the session along; run the command again when it is back.
        """)
    package static let sparkAccess = Code(
        "TN602", "Spark refuses the token",
        """
        The server asks for a token, and got none or one that it does not know. It stands under engine: spark: token:, best \
        as "${env:NAME}". Beyond this machine a token goes through an encrypted connection only: use_ssl=true in the address.
        """)
    package static let sparkVersion = Code(
        "TN603", "Spark too old",
        """
        Statements need Spark 4.0 or later. Older ones lack functions that they use, and parameters with names.
        """)
    package static let sparkTimeout = Code(
        "TN604", "Spark takes too long",
        """
        A statement took longer than engine: spark: timeout: allows; the cluster was told to stop. Narrow the window, raise \
        the time, or give the cluster more cores.
        """)
    package static let sparkStatement = Code(
        "TN605", "Spark refuses a statement",
        """
        Spark says why: a value that its column's mapping cannot read, a number beyond the digits that are exact, a right \
        that is missing. Values name their source and column; `where:` leaves rows out, `missing:` says which texts mean \
        no value.
        """)
    package static let sparkTable = Code(
        "TN606", "no such table",
        """
        table: of a source names a table or view as Spark knows it, with catalog and schema where they are not the default \
        ones. parquet: names a folder or files that the cluster can read, which is not this machine's disk.
        """)
    package static let sparkAddress = Code(
        "TN607", "address of Spark",
        """
        The address is sc://host:port, and parameters stand after a slash: sc://host:15002/;use_ssl=true. It stands under \
        engine: spark: remote:, or in the environment as SPARK_REMOTE.
        """)
}
