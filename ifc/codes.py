"""Every diagnostic's code: a title and what `ifc explain CODE` tells. Data alone; a test holds it equal to what the code raises.

IFC1xx syntax · 2xx names · 3xx settings and values · 4xx wires and filters · 5xx permissions · 6xx targets and limits ·
7xx handlers and code · 8xx files · 9xx what this release does not build.
"""

CODES: dict[str, tuple[str, str]] = {
    # --- syntax ---
    # --- names ---
    # --- settings and values ---
    # --- wires and filters ---
    "IFC430": (
        "Not a literal",
        (
            "A filter compares a field with text in quotes, a number, `true`, `false` or `null`. A bare word "
            'would be a name, so put text into quotes, and a param into text: `"${name}"`.'
        ),
    ),
    "IFC431": (
        "A literal that doesn't fit its operator",
        (
            "`<` and its kin compare numbers; `starts-with`, `ends-with` and `contains` look for some text; `in` "
            "wants values in its list. Use the operator that fits the value."
        ),
    ),
    "IFC432": (
        "A filter that is too large",
        (
            "Services take an `or` of `and`s, and writing this filter so would give too many cases. Join fewer "
            "`or`s by `and`, and put the values of one field into one `in [ … ]`."
        ),
    ),
    "IFC433": (
        "Two tests of one field",
        (
            "AWS's filters name each field once, so an `and` can hold a range of numbers or several excluded "
            "values of a field, and nothing else of it twice. Join the tests with `or`, or make the second one in "
            "the code."
        ),
    ),
    "IFC434": (
        "A test that the service can't make",
        (
            "The services share one language of patterns, but each knows only a part of it: queues, streams and "
            "topics can't look inside text, and table streams hold numbers as text. Test for exact values, filter "
            "on a bus, or test in the function."
        ),
    ),
    "IFC435": (
        "A number that the service can't compare",
        (
            "Filters compare numbers within limits: buses, queues and streams up to 5,000,000,000 with six digits "
            "after the point, topics up to 1,000,000,000 with five. Compare such a number in the code."
        ),
    ),
    "IFC436": (
        "A field that no event has",
        (
            "A bus's event has `source`, `detail-type` and the like, and the sender's own fields under `detail`; "
            "a table stream's record has `eventName`, `new`, `old` and `keys`. Write the field with the part in "
            "which it stands."
        ),
    ),
    "IFC437": (
        "A value that the field never has",
        (
            "The field's type is known and the literal has another one, so the test would never match (or "
            "always). Write the value in the field's type."
        ),
    ),
    "IFC438": (
        "A part that the record never has",
        (
            "The table's `stream` setting says which images its records carry, and what has expired has no new "
            "one. Widen the `stream` setting, or test the image that is there."
        ),
    ),
    "IFC439": (
        "A type that must be known",
        (
            "In a table stream each value stands under its type, so to see whether an attribute exists the filter "
            "needs the type. Compare it with a value, or declare it in a `key` or `index`."
        ),
    ),
    "IFC440": (
        "Attributes and body in one filter",
        (
            "A subscription filters by the message's attributes or by its body. Send what the filter needs in one "
            "of the two."
        ),
    ),
    "IFC441": (
        "A filter beyond the service's limits",
        (
            "Services limit the length of a pattern, and topics the number of fields and of combined values. Test "
            "fewer values, or split the filter into several wires."
        ),
    ),
    "IFC442": (
        "A filter that a bucket can't say",
        (
            "S3 tells its events apart by how the key begins and how it ends, once each. Everything else is "
            "possible on a bus: send the bucket's events there and filter by `detail.object`."
        ),
    ),
    "IFC443": (
        "Overlapping filters of a bucket",
        (
            "S3 refuses two filters for the same event if one key could pass both. Make their prefixes or "
            "suffixes differ, or send the events to a bus and filter there."
        ),
    ),
    "IFC444": (
        "Not a pattern for keys",
        (
            'A pattern such as `"img/*.jpg"` says how a key begins and how it ends, with one star between; '
            'without a star it is one key. A folder is written with what is in it: `"img/*"`.'
        ),
    ),
    "IFC445": (
        "A reference where text must be known",
        (
            "The text is escaped, encoded or compared with others when compiling, which can't be done with a "
            "value that is known at deployment only. Write the text itself, or use a test that takes references."
        ),
    ),
    "IFC446": (
        "A field that is called like a word of patterns",
        (
            "Beside `or` AWS's patterns keep words such as `prefix` and `exists` for themselves, and `$or` "
            "everywhere. Test that field without an `or` around it, or in the code."
        ),
    ),
    # --- permissions ---
    # --- targets and limits ---
    # --- handlers and code ---
    "IFC700": (
        "Not a handler",
        (
            "A handler is a file below the code folder, without its suffix, a dot and a function: "
            "`src/orders.place` is the function `place` of `src/orders.py` (or `.js`, `.ts`, …). Java, .NET and "
            "custom runtimes write theirs otherwise, so they need `runtime` first."
        ),
    ),
    "IFC701": (
        "A handler that leads astray",
        (
            "Lambda takes a handler from the code folder down: absolute paths, `..`, backslashes and empty steps "
            "can't be loaded, and hidden folders aren't in the archive. Let `code` name the right folder and "
            "write the handler relative to it."
        ),
    ),
    "IFC702": (
        "The handler's file is missing",
        (
            "No file fits the handler, compared letter for letter as Linux does. It is looked for below the code "
            "folder, which is the .ifc file's own unless `code` names another; correct the handler, `code`, or "
            "the file's name."
        ),
    ),
    "IFC703": (
        "The handler fits several files",
        (
            "Files of one name with different suffixes both fit, and which one Lambda would load is not for a "
            "compiler to guess. Write `runtime` when they are of different languages; else remove or rename one, "
            "or point `code` at the built files."
        ),
    ),
    "IFC704": (
        "The file's language isn't the runtime's",
        (
            "A Python runtime can't run JavaScript, nor the other way round. Leave `runtime` out, since it "
            "follows from the file's suffix, or name a file in the runtime's language."
        ),
    ),
    "IFC705": (
        "The handler's function is missing",
        (
            "The file was read and has no such function at its top level, or, in JavaScript and TypeScript, "
            "doesn't export it. Correct the name, or define and export the function."
        ),
    ),
    "IFC706": (
        "An asynchronous Python handler",
        (
            "Lambda's Python runtime calls the handler and awaits nothing: of an `async def` it gets a coroutine "
            "that never runs. Write a plain `def` that calls `asyncio.run`."
        ),
    ),
    "IFC707": (
        "The handler's file can't be read",
        "The file is there, but the system refuses to open it. Give yourself the right to read it.",
    ),
    "IFC708": (
        "No code folder",
        (
            "`code` names a folder, or a .zip or .jar built before, relative to the .ifc file. Make it, or "
            "correct the path."
        ),
    ),
    "IFC709": (
        "An archive without a runtime",
        (
            "The runtime follows from the suffix of the handler's file, and archives aren't looked into. Write "
            "`runtime`."
        ),
    ),
    "IFC710": (
        "The handler's file isn't valid Python",
        (
            "Lambda would fail to import it, so its functions can't be looked up. It is a warning where the "
            "runtime's Python is newer than the one that runs ifc, and so may know syntax that this one doesn't."
        ),
    ),
    "IFC711": (
        "A link that can't be packed",
        (
            "A link in the code folder leads nowhere or out of the folder, and what it leads to wouldn't be in "
            "the archive. Put the file itself there, or let `code` name a folder that holds both."
        ),
    ),
    "IFC712": (
        "A file of the code can't be read",
        (
            "All files below the code folder go into the archive, so all must be readable. Give yourself the "
            "right to read it, or take it out of the folder."
        ),
    ),
    "IFC713": (
        "A file name that isn't UTF-8",
        "Names in a zip file are Unicode, and this one has bytes that aren't. Rename the file.",
    ),
    "IFC714": (
        "Nothing to pack",
        (
            "The code folder holds no file that goes into an archive (hidden files, bytecode and .ifc files "
            "don't), and Lambda refuses an empty one. Let `code` name the folder of the function's files."
        ),
    ),
    "IFC715": (
        "The archive can't be written",
        "The system refused to write the zip file of the code. Make room, or get the right to write there.",
    ),
    "IFC716": (
        "Too many files to pack",
        (
            "More than 100,000 files and folders mean links that lead to one another, or the wrong folder. Remove "
            "the links, or let `code` name a smaller folder."
        ),
    ),
    # --- files ---
    # --- not built in this release ---
}
