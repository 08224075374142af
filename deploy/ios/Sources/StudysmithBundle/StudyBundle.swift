import CryptoKit
import Foundation

/// Why a folder cannot be used, in a sentence.
public enum BundleError: Error, Equatable, LocalizedError {
    case noBundle(String)
    case changed(String)
    case missing(String)
    case unlisted(String)
    case manySteps([String])

    public var errorDescription: String? {
        switch self {
        case .noBundle(let why): "This folder is no bundle: \(why)."
        case .changed(let name): "\(name) was changed: its hash is not the one in the manifest."
        case .missing(let name): "\(name) is listed in the manifest but missing."
        case .unlisted(let name): "\(name) is not listed in the manifest."
        case .manySteps(let names): "This program has the steps \(names.joined(separator: ", ")); an app asks one."
        }
    }
}

/// A bundle whose files are those that were exported.
public struct StudyBundle: Sendable {
    public let folder: URL
    public let manifest: Manifest
    public let program: Program

    public var model: URL { folder.appendingPathComponent("model.gguf") }

    /// Reads a folder and checks the manifest's own hash, that exactly the listed files are there, and the hash of each.
    /// Reads every byte once: do it off the main thread, and once after the files came.
    public init(checking folder: URL) throws {
        manifest = try Self.readManifest(in: folder)
        try Self.checkNames(in: folder, against: manifest)
        for (name, entry) in manifest.files {
            let file = folder.appendingPathComponent(name)
            guard FileManager.default.fileExists(atPath: file.path) else { throw BundleError.missing(name) }
            guard try Self.sha256(of: file) == entry.sha256 else { throw BundleError.changed(name) }
        }
        program = try Program(in: folder)
        self.folder = folder
    }

    /// The manifest of a folder, unchanged, in a format that this code reads.
    public static func readManifest(in folder: URL) throws -> Manifest {
        let file = folder.appendingPathComponent("manifest.json")
        guard let data = try? Data(contentsOf: file), let text = String(data: data, encoding: .utf8) else {
            throw BundleError.noBundle("it has no readable manifest.json")
        }
        guard let manifest = try? JSONDecoder().decode(Manifest.self, from: data) else {
            throw BundleError.noBundle("its manifest.json is not one")
        }
        guard manifest.format == Manifest.readable else {
            throw BundleError.noBundle("its format is \(manifest.format), and this app reads \(Manifest.readable)")
        }
        guard let place = text.range(of: manifest.sha256) else { throw BundleError.changed("manifest.json") }
        let blank = text.replacingCharacters(in: place, with: String(repeating: "0", count: 64))
        guard hex(SHA256.hash(data: Data(blank.utf8))) == manifest.sha256 else {
            throw BundleError.changed("manifest.json")
        }
        return manifest
    }

    /// SHA-256 of a file in lower-case hexadecimal, read in pieces: a model is larger than an app's memory.
    public static func sha256(of file: URL) throws -> String {
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        var hash = SHA256()
        while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
            hash.update(data: piece)
        }
        return hex(hash.finalize())
    }

    private static func hex(_ digest: SHA256.Digest) -> String {
        digest.map { String(format: "%02x", $0) }.joined()
    }

    private static func checkNames(in folder: URL, against manifest: Manifest) throws {
        guard let found = FileManager.default.enumerator(atPath: folder.path) else {
            throw BundleError.noBundle("it cannot be listed")
        }
        let own: Set<String> = ["manifest.json", "signature.json"]
        while let name = found.nextObject() as? String {
            let kind = found.fileAttributes?[.type] as? FileAttributeType
            if kind == .typeDirectory { continue }
            guard kind == .typeRegular, manifest.files[name] != nil || own.contains(name) else {
                throw BundleError.unlisted(name)
            }
        }
    }
}
