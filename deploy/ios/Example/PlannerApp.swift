import StudysmithBundle
import StudysmithSession
import SwiftUI

/// One text box and a plan. Add the folder `planner` (a bundle of one step) to the app's resources.
@main
struct PlannerApp: App {
    var body: some Scene {
        WindowGroup { PlannerView() }
    }
}

struct PlannerView: View {
    @State private var text = ""
    @State private var plan = ""
    @State private var asking = false

    var body: some View {
        VStack(alignment: .leading, spacing: 16) {
            TextField("What do you want to learn?", text: $text, axis: .vertical)
                .textFieldStyle(.roundedBorder)
            Button("Make a plan") { Task { await ask() } }
                .disabled(text.isEmpty || asking)
            ScrollView { Text(plan).textSelection(.enabled) }
        }
        .padding()
    }

    private func ask() async {
        asking = true
        defer { asking = false }
        do {
            guard let folder = Bundle.main.url(forResource: "planner", withExtension: nil) else {
                throw BundleError.missing("the folder planner")
            }
            let bundle = try await Task.detached { try StudyBundle(checking: folder) }.value
            guard let input = bundle.program.inputs.first else { throw BundleError.noBundle("it takes no input") }
            plan = try await StudySession(bundle: bundle).answer([input: text])
        } catch {
            plan = error.localizedDescription
        }
    }
}
