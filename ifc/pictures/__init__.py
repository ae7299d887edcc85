"""Pictures of an app's event graph: Mermaid, DOT, SVG and a page to click through. Each renderer is `render(graph, title)`."""
