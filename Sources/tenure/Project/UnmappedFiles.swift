import Definitions
import Diagnostics
import Foundation
import Imports
import Projects
import Queries

/// The files of a project's folder, and of its folder `data`, that no source reads yet.
struct UnmappedFiles {
    /// The places of sources none of whose files is there, or whose file has not the columns that the source needs: such as
    /// the one that `tenure init` writes.
    let vacant: [Int]
    let surveys: [FileSurvey]

    /// Rows of a file that are looked at; enough to see what its columns are.
    private static let surveyedRows = 300_000
    /// Files that are looked at.
    private static let surveyedFiles = 20

    /// A file that cannot be read is named in a note and left out.
    init(_ folder: ProjectFolder, _ project: Project, _ profile: DataProfile) throws {
        let finder = Finder(folder: folder.url)
        let vacant = try project.sources.indices.filter { try finder.isVacant(project.sources[$0], profile) }
        self.vacant = vacant
        let sources = project.sources.indices.filter { !vacant.contains($0) }.map { project.sources[$0].input }
        var known = Set(
            try (sources + project.catalogs.map(\.input)).flatMap { try finder.files($0.files) }.map(Finder.identity))
        if let fx = project.fx { known.formUnion(try finder.files([fx.file]).map(Finder.identity)) }
        let place = Place(SourceFile(path: "", text: ""), line: 1, column: 1)
        let files = try finder.files(["*", "data/*"].map { Located($0, at: place) }).filter {
            FileSurvey.isSurveyed($0.path) && !known.contains(Finder.identity($0))
        }
        if files.count > UnmappedFiles.surveyedFiles {
            let more = files.count - UnmappedFiles.surveyedFiles
            Terminal.note(
                "note: \(UnmappedFiles.surveyedFiles) files that no source reads are looked at; \(more) more are there")
        }
        surveys = try files.prefix(UnmappedFiles.surveyedFiles).compactMap {
            try finder.survey($0, limit: UnmappedFiles.surveyedRows)
        }
    }
}

private struct Finder {
    let folder: URL

    /// The files of the patterns, as far as they are there.
    func files(_ patterns: [Located<String>]) throws -> [InputFile] {
        try patterns.flatMap { pattern -> [InputFile] in
            switch try attempt({ try InputFiles.find([pattern], in: folder) }) {
            case .success(let files): return files
            case .failure(let problems):
                if problems.diagnostics.allSatisfy({ $0.code == .importFileMissing }) { return [] }
                throw problems
            }
        }
    }

    /// Of files that are the same under two names.
    static func identity(_ file: InputFile) -> String { file.url.resolvingSymlinksInPath().path }

    /// Nil, and a note, where the file cannot be read.
    func survey(_ file: InputFile, as input: Source.Input? = nil, limit: Int) throws -> FileSurvey? {
        switch try attempt({ try FileSurvey.read(file, as: input, limit: limit) }) {
        case .success(let survey): return survey
        case .failure(let problems):
            Terminal.note("note: \(file.path) was not looked at: \(problems.diagnostics.first?.message ?? "")")
            return nil
        }
    }

    func isVacant(_ source: Source, _ profile: DataProfile) throws -> Bool {
        if source.isPosted { return false }
        guard let file = try files(source.input.files).first else { return true }
        // What was imported fits.
        if case .fixed(let type)? = source.event?.type, profile.events.contains(where: { $0.name == type.value }) {
            return false
        }
        if source.event == nil, !profile.properties.isEmpty { return false }
        guard case .csv = source.input, let survey = try survey(file, as: source.input, limit: 1) else { return false }
        let needed = [column(source.customer), source.event?.timestamp.column.value].compactMap { $0 }
        return !needed.isEmpty && !needed.contains { name in survey.columns.contains { $0.name == name } }
    }

    private func column(_ field: FieldMapping?) -> String? {
        if case .column(let name)? = field?.source { name.value } else { nil }
    }
}
