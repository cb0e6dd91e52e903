/// TN0: reading YAML and the definition language.
extension Code {
    package static let reading: [Code] = yaml + shapes + parameters + definitions + expressions

    /// Files and YAML syntax.
    private static let yaml: [Code] = [
        unreadableFile, invalidUTF8, fileTooLarge, yamlSyntax, tabIndentation, anchor, alias, tag, severalDocuments,
        duplicateKey, nestedTooDeeply, emptyFile, tooManyNodes, mergeKey, keyNotText, uneditable,
    ]

    /// The form of the definition language.
    private static let shapes: [Code] = [
        unknownKey, missingKey, wrongKind, badValue, missingValue, keyChoice, tooManyEntries, emptyList, deprecatedKey,
    ]

    private static let parameters: [Code] = [
        unknownParameter, parameterWithoutValue, parameterValue, placeholder, listInText, unknownTemplate,
        unknownUseCase, setSyntax, templateKind,
    ]

    /// The meaning of use cases.
    private static let definitions: [Code] = [
        duplicateID, unknownReference, segmentationCycle, segmentName, conditionSubject, conditionTest,
        segmentationEvent, measureOption, chargesMissing, reportGrouping, classBounds, reportMetric, doubledMeaning,
    ]

    private static let expressions: [Code] = [
        expressionSyntax, unknownName, unknownFunction, argumentCount, metricCycle, typeMismatch, metricUnit,
    ]
}

extension Code {
    package static let unreadableFile = Code(
        "TN001", "file cannot be read",
        """
        The file does not exist, is a folder, or may not be read by this user. Paths are taken relative to the project \
        folder. Check the spelling and the permissions.
        """)
    package static let invalidUTF8 = Code(
        "TN002", "not UTF-8 text",
        """
        YAML files are read as UTF-8, and these bytes are not. The file was probably saved as Windows-1252 or UTF-16. \
        Save it as UTF-8 in the editor, or convert it with iconv.
        """)
    package static let fileTooLarge = Code(
        "TN003", "file too large",
        """
        A definition file holds at most 1 MiB, so that reading one always takes a moment only. Definitions of that size \
        are usually data that ended up in the wrong file; split what remains into several use cases.
        """)
    package static let yamlSyntax = Code(
        "TN004", "YAML syntax error",
        """
        The text is not well-formed YAML, so nothing after this place could be read. The usual causes are a missing \
        closing quote or bracket, a line indented differently from its neighbours, or a text with ': ' or ' #' that \
        needs quotes.
        """)
    package static let tabIndentation = Code(
        "TN005", "tab in indentation",
        """
        YAML allows only blanks for indentation, because a tab has no agreed width. Replace each tab by blanks; most \
        editors do that by themselves when told to indent YAML with spaces.
        """)
    package static let anchor = Code(
        "TN006", "anchor",
        """
        Anchors (&name) mark a part of the file for reuse elsewhere. They are refused because a few of them can expand \
        to gigabytes, and because errors could no longer name one place. Write the value out, or make it a parameter.
        """)
    package static let alias = Code(
        "TN007", "alias",
        """
        Aliases (*name) stand for another part of the file. They are refused together with anchors. Write the value \
        out, make it a parameter, or put a text that really begins with * in quotes.
        """)
    package static let tag = Code(
        "TN008", "tag",
        """
        Tags (!name, !!str) tell a YAML reader to treat a value in a special way. Here every key already says what its \
        value is, so tags have no use and are refused. Remove the tag, or quote a text that begins with an exclamation \
        mark.
        """)
    package static let severalDocuments = Code(
        "TN009", "several documents in one file",
        """
        A line '---' after the first content begins a second YAML document. Each file holds exactly one definition; put \
        the second one into a file of its own.
        """)
    package static let duplicateKey = Code(
        "TN010", "duplicate key",
        """
        The same key stands twice in one mapping, and only one of the two values could count. Remove one of them. Keys \
        are compared byte for byte, also after {{ parameters }} were filled in.
        """)
    package static let nestedTooDeeply = Code(
        "TN011", "nested too deeply",
        """
        Values are nested more than 64 levels deep, which no definition needs and a damaged or hostile file does. \
        Simplify the condition, or split it into several segmentations that refer to each other.
        """)
    package static let unknownKey = Code(
        "TN012", "unknown key",
        """
        The definition language has no such key at this place, so it would have been ignored silently. The message lists \
        the keys that exist here. Often the key is misspelt or indented one level too far.
        """)
    package static let missingKey = Code(
        "TN013", "missing key",
        """
        A key that has no default is not there. Add it; `tenure schema` prints every key with its description, and \
        editors complete them from the same source.
        """)
    package static let wrongKind = Code(
        "TN014", "wrong kind of value",
        """
        A mapping, a list, a text, a number or a boolean was expected, and something else stands there. Numbers and \
        booleans are written without quotes; a boolean is true or false, never yes or no.
        """)
    package static let badValue = Code(
        "TN015", "value not allowed",
        """
        The value has the right kind but is not one of those that make sense here: not in the list of allowed words, \
        out of bounds, or not of the expected form. The message says what is allowed.
        """)
    package static let missingValue = Code(
        "TN016", "value missing",
        """
        The key is there, its value is empty (or null, or ~). An empty value could mean the default, an empty text or a \
        forgotten one, so it is refused. Remove the key to take its default, write "" for an empty text, and put the \
        word null in quotes where it is meant as text.
        """)
    package static let keyChoice = Code(
        "TN017", "one of several keys",
        """
        Exactly one of several keys says what this entry is (for a condition what it looks at and how it compares, for a \
        report its kind), and none or more than one of them is there. Keep one; combine conditions with all: [...] or \
        any: [...].
        """)
    package static let emptyFile = Code(
        "TN018", "empty file",
        """
        The file holds nothing but blanks and comments. Remove it, or begin it with its first key.
        """)
    package static let tooManyNodes = Code(
        "TN019", "too many values",
        """
        A file holds at most 50,000 values, so that a damaged or generated file cannot stop the machine. Lists of that \
        length are data: import them as customer properties and refer to these.
        """)
    package static let mergeKey = Code(
        "TN020", "merge key",
        """
        The merge key << copies one mapping into another in some YAML readers, with rules that differ between them. It is \
        refused; write the keys out. A key that is really called << is put in quotes.
        """)
    package static let uneditable = Code(
        "TN025", "not editable in place",
        """
        A command was to change a value in a YAML file and keep everything else of it as it is, and the file is written in \
        a way that it cannot do so. Nothing was written; make the change by hand.
        """)
    package static let keyNotText = Code(
        "TN021", "key is not a text",
        """
        A mapping or a list stands where a key is expected. Most often this is a {{ parameter }} without quotes, which \
        YAML reads as a mapping within a mapping: write "{{ parameter }}".
        """)
    package static let tooManyEntries = Code(
        "TN022", "too many entries",
        """
        Lists and mappings of the language have generous limits that keep evaluation fast and dashboards readable. The \
        message names this one's; split the list.
        """)
    package static let emptyList = Code(
        "TN023", "too few entries",
        """
        The list or mapping needs at least one entry to mean anything: a segmentation without segments or a report \
        without metrics shows nothing. Add an entry, or remove the whole key.
        """)
    package static let deprecatedKey = Code(
        "TN024", "deprecated key",
        """
        The key still works, and a later version will refuse it. The message names what replaces it.
        """)
}

extension Code {
    package static let unknownParameter = Code(
        "TN030", "unknown parameter",
        """
        No parameter of that name is declared by the use case or the template. Parameters are declared under \
        parameters: with a type; values.yaml and --set can only give values to those.
        """)
    package static let parameterWithoutValue = Code(
        "TN031", "parameter without value",
        """
        The parameter has no default, so the deployment has to give it a value: in values.yaml under the use case's id, \
        with --set name=value, or for a template under with:.
        """)
    package static let parameterValue = Code(
        "TN032", "parameter value does not fit",
        """
        The value does not have the parameter's type (text, list, number, boolean), or is not one of its allowed values. \
        On the command line a list is written a,b or {a,b}, with \\, for a comma within a value.
        """)
    package static let placeholder = Code(
        "TN033", "malformed placeholder",
        """
        A placeholder is {{ name }}, with one name of letters, digits, _ and - between the braces, closed within the \
        same text. Expressions and filters do not exist here.
        """)
    package static let listInText = Code(
        "TN034", "list inside a text",
        """
        The parameter is a list, and it is used within a longer text or as a key, where only one value fits. Use it \
        alone ("{{ name }}") where a list is expected, or make it a text parameter.
        """)
    package static let unknownTemplate = Code(
        "TN035", "unknown template",
        """
        No template of that name exists beside the shipped ones or in the project. A template is a file \
        templates/segmentations/<name>.yaml whose template: key repeats the name.
        """)
    package static let unknownUseCase = Code(
        "TN036", "unknown use case",
        """
        The top-level keys of values.yaml, and the part before the dot in --set id.name=value, are ids of use cases. \
        None of that id exists. `tenure use-cases` lists them.
        """)
    package static let setSyntax = Code(
        "TN037", "malformed --set",
        """
        --set takes name=value for the use case at hand, or use-case-id.name=value. The name may not be empty; \
        everything after the first = is the value.
        """)
    package static let templateKind = Code(
        "TN038", "template of another kind",
        """
        Templates of kind customer_segmentation are used under customer_segmentations:, those of kind \
        event_segmentation under event_segmentations:. Move the entry, or use another template.
        """)
}

extension Code {
    package static let duplicateID = Code(
        "TN040", "duplicate id",
        """
        Assets keep their identity through their id, so two of one use case cannot share it. Event and customer \
        segmentations have one namespace, reports of a dashboard another. Rename one.
        """)
    package static let unknownReference = Code(
        "TN041", "unknown reference",
        """
        Something is referred to by an id or a name that nothing in this definition has: a segmentation, a segment, a \
        metric or a consent. Names are compared exactly, with case and blanks.
        """)
    package static let segmentationCycle = Code(
        "TN042", "segmentations refer to each other",
        """
        A segmentation's conditions lead back to itself through other segmentations, so none of them could be evaluated \
        first. Repeat the condition in one of them instead of the reference.
        """)
    package static let segmentName = Code(
        "TN043", "segment name used twice",
        """
        Within a segmentation every segment, and the remainder, has a name of its own: results are keyed by it. Rename \
        one of the two.
        """)
    package static let conditionSubject = Code(
        "TN044", "condition looks at the wrong thing",
        """
        What a condition may look at depends on its place. Event segmentations see attributes of their event; customer \
        segmentations see properties, consents, aggregates and other customer segmentations; mappings see columns. \
        Test orders (exclude) are removed before customers exist, so they see attributes, properties and event \
        segmentations only.
        """)
    package static let conditionTest = Code(
        "TN045", "comparison does not fit",
        """
        The comparison makes no sense for what it looks at: a consent can only be valid, a segmentation can only be in \
        some of its segments, an aggregate is a number. Use the comparison that the message names.
        """)
    package static let segmentationEvent = Code(
        "TN046", "segmentation over another event",
        """
        The purchase definition reads the state of a purchase from an event segmentation, which has to be one over the \
        purchase event itself. Change the segmentation's event, or name another segmentation.
        """)
    package static let measureOption = Code(
        "TN047", "option does not fit the measure",
        """
        repeat_buyers needs at_least, gap_quantile needs quantile, charge_count and charge_amount need charge; other \
        measures take none of these. A metric is either a measure: or a formula:.
        """)
    package static let chargesMissing = Code(
        "TN048", "no charge definition",
        """
        Measures of charges, and the scope charges, need purchases: charges: to say which purchases are first charges, \
        upsells and rebills. Add it to the use case.
        """)
    package static let reportGrouping = Code(
        "TN049", "grouping does not fit the report",
        """
        A cohort report is grouped by cohort, a trend by calendar, a distribution by purchase_count or \
        days_to_second_purchase, a table by anything but cohort and these; key figures and trees are not grouped. Change by: or the report's kind.
        """)
    package static let classBounds = Code(
        "TN050", "class bounds",
        """
        Classes are given by the number each begins with, in ascending order. Purchases begin at 1, days at 0, so that \
        every customer falls into exactly one class; the last class is open.
        """)
    package static let reportMetric = Code(
        "TN051", "metric does not fit the report",
        """
        of_cohort and cumulative look along the life of a cohort, which only cohort reports have. Use the metric in a \
        cohort report, or write its formula without them.
        """)
    package static let doubledMeaning = Code(
        "TN052", "segment with two meanings",
        """
        The same segment is listed twice where each may have one meaning: as success and as cancelled, or as two kinds \
        of charge. A purchase would count twice. Keep the segment in one list.
        """)
}

extension Code {
    package static let expressionSyntax = Code(
        "TN060", "malformed expression",
        """
        Formulas and expressions are made of names, numbers, + - * / and parentheses, and functions with their arguments \
        in parentheses. A column whose name holds blanks or signs is put between backticks.
        """)
    package static let unknownName = Code(
        "TN061", "unknown metric",
        """
        A formula names a metric that the use case does not define. Metrics are defined under metrics:; their names are \
        compared exactly.
        """)
    package static let unknownFunction = Code(
        "TN062", "unknown function",
        """
        Formulas know of_total(x), of_cohort(x), cumulative(x) and share(a, b). Expressions of mappings know no \
        functions at all.
        """)
    package static let argumentCount = Code(
        "TN063", "wrong number of arguments",
        """
        The function takes another number of arguments than it was given: share takes two, the others one. cumulative \
        takes the name of a metric that is a measure, not a formula.
        """)
    package static let metricCycle = Code(
        "TN064", "metrics depend on each other",
        """
        A formula leads back to its own metric through other formulas, so none of them has a value. The message shows \
        the path; break it at one place.
        """)
    package static let typeMismatch = Code(
        "TN065", "types do not fit",
        """
        Money, counts, shares, durations and plain numbers are told apart, so that a sum of money and a count is an \
        error and not a number nobody can read. Money may be divided by a count or multiplied by a number; the share of \
        two amounts is share(a, b).
        """)
    package static let metricUnit = Code(
        "TN066", "unit does not fit",
        """
        unit: says how a plain number is shown: as ratio (per cent), number or periods. Money, counts and durations are \
        shown as what they are, and measures have their own type.
        """)
}
