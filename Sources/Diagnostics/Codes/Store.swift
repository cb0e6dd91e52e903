/// TN3: the embedded store.
extension Code {
    package static let storeLocked = Code(
        "TN301", "store is being written",
        """
        Another process imports into the store at this moment, and one process writes at a time. The lock is the \
        kernel's and goes with that process: wait until it is done, or end it, and run the command again.
        """)

    package static let storeDamaged = Code(
        "TN302", "damaged store file",
        """
        A file of the store is not what was written: its length, its header or its checksum differ from what the \
        catalog says. Nothing was computed from it. Restore the store's folder from a backup, or delete it and import \
        the sources again.
        """)

    package static let storeInaccessible = Code(
        "TN303", "store can not be read or written",
        """
        The operating system refused to read or write a file of the store, such as for want of space or rights. A \
        write that failed leaves the store as it was before.
        """)

    package static let columnTypeConflict = Code(
        "TN304", "column with two types",
        """
        A column holds values of one type. Sources that feed the same event type must give an attribute the same type, \
        and a later import the type that the store already has. Change the mapping, or use another attribute name.
        """)

    package static let keyConflict = Code(
        "TN305", "event type with two keys",
        """
        How rows become purchases (key, amount, parent, reference) holds for all rows of an event type, those already \
        stored too. Sources that feed the same event type must agree on it.
        """)

    package static let valueOutOfRange = Code(
        "TN306", "value does not fit its column",
        """
        A number column has one number of digits after the point, enough for each of its values, and 64 bits a value: \
        about 18 digits in all. The value named here, or one stored before, does not fit. Numbers with a long tail of \
        digits often come from binary floating point: round them in the source.
        """)

    package static let keyColumnUnusable = Code(
        "TN307", "key is no usable column",
        """
        The key, the parent and the reference of an event type are text columns of it, and the amount is a number \
        column. The named column is not mapped, or has another type.
        """)

    package static let storeTooNew = Code(
        "TN308", "store of a newer version",
        """
        The store was written by a newer version of Tenure, in a format that this version does not know. Use the newer \
        version, or import the sources into a new store.
        """)

    package static let storeFull = Code(
        "TN309", "too many rows",
        """
        An event type holds at most 4,294,967,295 rows and as many customers. Split the project, or keep its data \
        in a larger engine.
        """)

    package static let referenceWithoutKey = Code(
        "TN310", "reference to an event type without a key",
        """
        Rows can name a purchase of another event type only where that event type has a key. Give its mapping a key, or \
        remove the reference.
        """)

    package static let storeTooOld = Code(
        "TN311", "store of an older version",
        """
        The store was written by an older version of Tenure, in a format that is not read any more. A store holds nothing \
        that its sources do not: delete its folder and import them again.
        """)

    package static let trackingDamaged = Code(
        "TN312", "damaged tracking journal",
        """
        What programs post to the server is kept in .tenure/tracking, and one of its files is not what was written: its \
        length or a checksum differ. Nothing was taken from it. It is the only copy of what was posted: restore the folder \
        from a backup.
        """)

    package static let trackingInaccessible = Code(
        "TN313", "tracking journal can not be read or written",
        """
        The operating system refused to read or write a file of .tenure/tracking, such as for want of space or rights. \
        What was posted then is not acknowledged, and its sender has to post it again.
        """)

    package static let trackingLocked = Code(
        "TN314", "tracking journal is being written",
        """
        Another server takes what is posted to this project. The lock is the kernel's and goes with that process.
        """)

    package static let trackingUnfinished = Code(
        "TN315", "post that was not finished",
        """
        The last write to .tenure/tracking did not end, because the machine or the server stopped. It was never \
        acknowledged, so its sender posts it again. What there is of it was put aside, in the file that is named, and is \
        not imported.
        """)

    package static let trackingSourceNew = Code(
        "TN316", "new source of posts",
        """
        How far the journal of posts was read is known by the names of sources. A source that is new in project.yaml, or has \
        another name, would read it from its beginning, and count once more what others took. tenure import, without \
        --append and --source, makes the data anew.
        """)

    /// Of files that Tenure wrote, and that are not what was written.
    package var isDamage: Bool { [.storeDamaged, .damagedDeployment, .trackingDamaged].contains(self) }

    package static let store: [Code] = [
        storeLocked, storeDamaged, storeInaccessible, columnTypeConflict, keyConflict, valueOutOfRange,
        keyColumnUnusable, storeTooNew, storeFull, referenceWithoutKey,
        storeTooOld, trackingDamaged, trackingInaccessible, trackingLocked,
        trackingUnfinished, trackingSourceNew,
    ]
}
