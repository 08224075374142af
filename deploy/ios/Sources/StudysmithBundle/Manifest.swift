import Foundation

/// What a bundle says of itself, as `manifest.json` has it. What the app has no use for is not read: the measured quality,
/// the verdict and the report of the compile.
public struct Manifest: Codable, Sendable {
    /// One file of the bundle.
    public struct FileEntry: Codable, Sendable {
        public let sha256: String
        public let bytes: Int
    }

    /// The format that this code reads.
    public static let readable = 2

    public let format: Int
    /// Of the manifest itself, with 64 zeros in place of this value.
    public let sha256: String
    public let name: String
    public let kind: String
    public let studysmith: String
    public let engine: String
    public let base: String
    public let quantization: String
    public let trainedOn: String
    public let templateSha256: String
    /// Whether the chat template takes no system message, so that it is written into the first user turn.
    public let foldsSystem: Bool
    /// Name to number of soft tokens.
    public let softPrompts: [String: Int]
    public let softBytes: [String: Int]
    public let method: String
    public let files: [String: FileEntry]

    enum CodingKeys: String, CodingKey {
        case format
        case sha256
        case name
        case kind
        case studysmith
        case engine
        case base
        case quantization
        case trainedOn = "trained_on"
        case templateSha256 = "template_sha256"
        case foldsSystem = "folds_system"
        case softPrompts = "soft_prompts"
        case softBytes = "soft_bytes"
        case method
        case files
    }
}
