"""Every diagnostic's code: a title and what `ifc explain CODE` tells. Data alone; a test holds it equal to what the code raises.

IFC1xx syntax · 2xx names · 3xx settings and values · 4xx wires and filters · 5xx permissions, functions and the whole graph · 6xx targets and limits ·
7xx handlers and code · 8xx files and accounts · 9xx what this release does not build.
"""

CODES: dict[str, tuple[str, str]] = {
    # --- syntax ---
    "IFC101": (
        "Something stands in the wrong place",
        "The parser met a word or sign that can't follow what stands before it. The help names what could stand there.",
    ),
    "IFC102": (
        "Never closed",
        "A `{`, `[` or `(` has no partner. Where it should be is told from how the lines are indented; editors that match brackets show it too.",
    ),
    "IFC103": (
        "Closed too often",
        "A `}`, `]` or `)` closes nothing: all that was open is closed already, or the sign that should have opened it is missing.",
    ),
    "IFC104": (
        "`{` on a line of its own",
        "A statement ends at the end of its line, so its block must begin on the same line.",
    ),
    "IFC105": (
        "JSON in a block",
        "Blocks hold `name value`, one on a line or separated by `;`. Colons and commas between entries, as in JSON, are not needed: a comma joins values.",
    ),
    "IFC106": (
        "Nested too deep",
        "Blocks, lists, parentheses and `not`s may stand in each other up to 64 levels.",
    ),
    "IFC107": (
        "Lone carriage return",
        "Lines end with LF or CRLF. A lone CR (old Mac files, broken conversions) is shown as a line end by some tools and not by others.",
    ),
    "IFC108": (
        "Unknown escape",
        "Strings take JSON's escapes. A backslash before any other character is a mistake, so write two for one.",
    ),
    "IFC109": (
        "Broken reference in a string",
        "`${…}` puts a param or an attribute into text; `$${` is a plain `${`, as shell scripts need it.",
    ),
    "IFC110": (
        "Two values without a blank between them",
        "Values of a setting are separated by blanks or commas. A date such as 2027-01-01 is text and stands in quotes.",
    ),
    "IFC111": (
        "Not a list of values",
        "Lists stand in `[ ]`, with commas between their values; `field in [ … ]` compares with each of them.",
    ),
    "IFC112": (
        "Reserved word",
        "`where`, `when`, `and` and `or` can't be names or settings.",
    ),
    "IFC113": (
        "Half a test",
        "A filter compares fields with literals, or asks whether a field `exists`: each test has a field, an operator and a value.",
    ),
    "IFC114": (
        "A statement goes on too long",
        "Each statement stands on a line of its own, or is separated from the next by `;`.",
    ),
    "IFC115": (
        "Text not closed",
        "A string ends on the line on which it begins; a line break in it is written `\\n`.",
    ),
    "IFC116": (
        "Not a number, a duration or a size",
        "Numbers are plain (`10`, `0.5`), durations have a unit (`30s`), sizes too (`512MB`).",
    ),
    "IFC117": (
        "A single `=`",
        "Settings are written `name value`; a test for equality in a filter is `==`.",
    ),
    "IFC118": (
        "Other quotes",
        "Text stands in straight double quotes.",
    ),
    "IFC119": (
        "Foreign comment",
        "Comments begin with `#`; `##` directly above a declaration describes it.",
    ),
    "IFC120": (
        "Not text",
        "The file holds characters that nobody sees: it is not a text file, was saved in another encoding than UTF-8, or holds blanks copied from a web page.",
    ),
    "IFC121": (
        "A sign without a meaning",
        "The language has no such sign outside of strings.",
    ),
    "IFC122": (
        "Continued on the next line",
        "A statement ends at the end of its line, so `on`, `as` and `because` stand on the line of what they belong to. A line may be broken after a comma.",
    ),
    # --- names ---
    "IFC201": (
        "Not declared",
        "Every name must be declared somewhere in the program: in this file or one that is imported.",
    ),
    "IFC202": (
        "Declared twice",
        "Names are unique in the program, across kinds: a queue and a function can't share one.",
    ),
    "IFC203": (
        "Names that differ only in case",
        "Many names of AWS ignore case, so two declarations of one kind must differ in more than that.",
    ),
    "IFC204": (
        "Reserved name",
        "The language or a target needs this name for itself.",
    ),
    "IFC205": (
        "Not a name",
        "Declared names are letters and digits, beginning with a letter; they become ids in every target.",
    ),
    "IFC206": (
        "Unknown attribute",
        "`Name.attribute` gives what a declared resource offers; `ifc explain KIND` lists it.",
    ),
    "IFC207": (
        "A resource of the wrong kind",
        "The setting, verb or arrow needs a resource of another kind.",
    ),
    "IFC209": (
        "Unknown statement",
        "A statement begins with a kind, `app`, `param`, `output`, `defaults`, `stage`, `extern` or `import`, or is an arrow.",
    ),
    "IFC210": (
        "Unknown setting",
        "The block has no such setting; `ifc explain KIND` lists them. Settings belong to a declaration, others to an arrow.",
    ),
    "IFC211": (
        "Given twice",
        "A setting may be written once in a block; verbs, `allow` and what has a name of its own may be repeated.",
    ),
    "IFC212": (
        "Unknown stage",
        "Once a program declares stages, `--stage` takes only those.",
    ),
    "IFC213": (
        "Unknown param",
        "`--param` takes the params that the program declares.",
    ),
    "IFC214": (
        "No app",
        "A program that declares something needs `app name`: every physical name begins with it.",
    ),
    # --- settings and values ---
    "IFC301": (
        "The wrong sort of value",
        "The setting takes another sort of value; the help says which.",
    ),
    "IFC302": (
        "Out of range",
        "The value is outside of what the service accepts (or of the limits of a param).",
    ),
    "IFC303": (
        "Not one of the offered values",
        "The setting takes one of some words or numbers.",
    ),
    "IFC304": (
        "Something is missing",
        "The setting or statement needs a value, a name or a block.",
    ),
    "IFC305": (
        "Too much",
        "The setting or statement takes fewer values; values of one setting are joined by commas.",
    ),
    "IFC306": (
        "Unit too fine",
        "The service counts in larger units than the value is given in.",
    ),
    "IFC307": (
        "Defaults that disagree",
        "Two `defaults` of one kind say different things about one setting; which of them held would depend on their order.",
    ),
    "IFC308": (
        "A needed setting is missing",
        "The declaration can't be built without this setting.",
    ),
    "IFC309": (
        "Not of the right form",
        "The text does not look like what the service (or the param's own pattern) accepts.",
    ),
    "IFC310": (
        "`,` where `;` belongs",
        "A comma joins values of one setting; settings are separated by newlines or `;`.",
    ),
    "IFC311": (
        "Known only at deployment",
        "The compiler computes with this value (a queue's visibility follows from a timeout, say), so it can't be a param. A `stage` block can give each stage its own value.",
    ),
    "IFC312": (
        "A name or an ARN?",
        "The text of an `extern` is an ARN when it begins with `arn:`, else a name. Of a param or a lookup that can't be seen, so say which it is.",
    ),
    "IFC313": (
        "What can't be laid over a resource",
        "`cfn { }` and `terraform { }` are laid over the properties of a resource: its type is not one of them, and neither is how many of it there are.",
    ),
    "IFC314": (
        "Nothing to overlay",
        "The declaration does not have this part, so the properties would be dropped.",
    ),
    "IFC320": (
        "An attribute with two types",
        (
            "All keys of a table share its attributes, and DynamoDB defines each of them once, with one type. "
            "Write the same type in every key, or let the index use an attribute of another name."
        ),
    ),
    "IFC321": (
        "Not a key",
        (
            "A key has one attribute that items are found by and at most one more that sorts them, of another "
            "name. A local index takes the first from its table and names only the second."
        ),
    ),
    "IFC322": (
        "A local index without a place",
        (
            "A local index sorts the items of one key by another attribute than the table does, so DynamoDB wants "
            "a table that sorts, and an attribute that the items do not share. Add a second attribute to the "
            "table's key, or write `index`."
        ),
    ),
    "IFC323": (
        "More indexes than DynamoDB makes",
        (
            "A table takes 20 indexes and 5 local ones, each with a name of its own, and 100 attributes projected "
            "by name in all. Let items of several kinds share an index, or project `all`."
        ),
    ),
    "IFC324": (
        "A time to live that is no number",
        (
            "DynamoDB deletes an item when the number in the `ttl` attribute, in seconds since 1970, has passed; "
            "items with another type in it stay for ever. Declare the attribute as number, or name another one."
        ),
    ),
    "IFC325": (
        "Half a capacity",
        (
            "`provisioned` billing reserves reads and writes a second, so it needs both numbers; `on-demand` "
            "billing has none. Write `billing provisioned read 5 write 5`, or leave the numbers out."
        ),
    ),
    "IFC326": (
        "A table without encryption",
        ("DynamoDB encrypts every table and can't be told not to. Leave `encryption` out: its own key costs nothing."),
    ),
    "IFC327": (
        "A stream's ARN for a table of our own",
        (
            "DynamoDB makes up the ARN of a stream when the stream is made. Only for an extern table must it be "
            "told; elsewhere write `stream`, and use `Name.stream-arn`."
        ),
    ),
    "IFC330": (
        "Deduplication without FIFO",
        ("Only FIFO topics tell messages apart, so `dedup` means nothing to others. Add `fifo`, or take it out."),
    ),
    "IFC331": (
        "A name that hides what the topic is",
        (
            "SNS knows FIFO topics by the end of their name: `.fifo` on every FIFO topic and on no other. Leave "
            "`name` out, and the end is made too."
        ),
    ),
    "IFC333": (
        "Not an interval of minutes",
        (
            "EventBridge Scheduler counts in minutes, hours and days, so an interval is one minute or more, without "
            "seconds. What must run more often runs in a loop, or by events."
        ),
    ),
    "IFC334": (
        "Not a cron expression of AWS",
        (
            "Six fields stand in quotes: minute, hour, day of the month, month, day of the week (1 is Sunday) and "
            "year. Cron of unix has five and counts days of the week from 0."
        ),
    ),
    "IFC335": (
        "Both day fields of a cron expression",
        (
            "Days are chosen by their number in the month or by the day of the week, never by both: one of the two "
            "fields says `?` (`0 9 * * ? *`, `0 9 ? * MON *`)."
        ),
    ),
    "IFC336": (
        "A date that never comes",
        ("The calendar has no such day, so the schedule would never run. `L` in a cron expression is the last day of each month."),
    ),
    "IFC337": (
        "Not a moment",
        ('`at` takes a date, a `T` and a time: `at "2027-01-01T09:00"`. The time is UTC unless a zone follows: `timezone "Asia/Tokyo"`.'),
    ),
    "IFC338": (
        "Unknown time zone",
        (
            "Time zones have the names of the IANA list, such as `Europe/Berlin`; abbreviations like `PST` are "
            "ambiguous. The list is this machine's; where there is none, only the form is checked."
        ),
    ),
    "IFC339": (
        "Not an input",
        (
            "What is sent in place of an event is JSON: a block, text, or text that begins with `{` or `[` and is "
            "JSON. Text that begins with `$.` takes a part of the event, with dots and numbers, so it needs an event: "
            "a schedule has none."
        ),
    ),
    "IFC340": (
        "A bucket's name that is too long",
        (
            "Buckets are named by the prefix, their own name, the account and the region, and S3 takes 63 characters in all: 35 "
            "are left for the first two. Call the bucket something shorter, shorten the prefix (`app { prefix }`), or write `name`."
        ),
    ),
    "IFC341": (
        "A lifecycle that S3 refuses",
        (
            "Objects go from warm storage to cold and never back, to infrequent access not before 30 days, and are removed last. "
            "Let each step come later than the one before."
        ),
    ),
    "IFC342": (
        "Settings of a bucket that undo each other",
        (
            "Two settings of a bucket take each other's effect away: a website that nobody may read, public objects that only KMS "
            "can open, old versions without versioning. Change one of the two."
        ),
    ),
    "IFC343": (
        "A website's URL that can't be given",
        (
            "Only a bucket with `website` has such a URL. A function that the bucket calls can't have it in its environment "
            "either: the bucket is made after the function, and the URL differs from region to region."
        ),
    ),
    "IFC344": (
        "A secret in the open",
        (
            "What stands in the source is read by everyone who reads the source, and a plain param by everyone who may see "
            "the deployment. Give a secret the value of a param with `secret`, which is given when it is deployed, or none: "
            "then a value can be put in after the deployment."
        ),
    ),
    "IFC345": (
        "A secret param in a config",
        "A `config` is readable. Declare a `secret`, which is encrypted, and let the code read that.",
    ),
    "IFC346": (
        "Not a name or a value for a config",
        (
            "Parameter Store takes values of 1 to 4,096 bytes. Names beginning with `aws` or `ssm` are its own, and how a name "
            "begins must be known, since the ARN of one that begins with `/` is written otherwise."
        ),
    ),
    "IFC347": (
        "A raw resource without its properties",
        (
            "A raw resource is printed as it is written, so for CloudFormation it needs a block `cfn { … }` and for Terraform a block "
            '`terraform "type" { … }`, with what its type demands; an empty one says that it demands nothing.'
        ),
    ),
    "IFC348": (
        "Not possible for a raw resource",
        (
            "A raw resource has the properties and attributes of its type, in the type's own words: names, tags and the like are "
            'properties in `cfn { … }` or `terraform "type" { … }`. Its attributes are spelled as CloudFormation spells them, and '
            "`Name.id` is what `Ref` gives. It waits (`after`) only for what this app makes."
        ),
    ),
    "IFC349": (
        "A type that is not known well enough",
        (
            "The types of CloudFormation and of Terraform's AWS provider are known as of this release. A misspelt one fails at the "
            "deployment; a newer one is printed as it stands, but its tags must be written among its own properties."
        ),
    ),
    "IFC350": (
        "Not of this protocol",
        (
            "HTTP, REST and WebSocket APIs are different services: only REST checks bodies and gives an authorizer "
            "the token alone, only HTTP checks JWTs and names several origins. Choose the protocol that has what you "
            "need, or do it in the function."
        ),
    ),
    "IFC351": (
        "An authorizer that is not complete, or says too much",
        (
            "A `jwt` authorizer needs the issuer and the audience of its tokens; a function looks at headers and is "
            "remembered; `iam` and `none` take nothing. A declared authorizer's settings stand in its declaration."
        ),
    ),
    "IFC352": (
        "Credentials from any origin",
        ("Browsers refuse an answer that allows credentials and every origin. Name the origins."),
    ),
    "IFC353": (
        "Not a JSON schema",
        ("A REST API checks bodies by a JSON schema (draft 4) in a file: an object in JSON. The message says where reading it failed."),
    ),
    "IFC354": (
        "Nothing an authorizer can look at",
        (
            "`identity` takes API Gateway's own expressions, and HTTP and REST APIs spell them differently: "
            '`$request.header.X` and `method.request.header.X`. For headers `headers "X"` is enough.'
        ),
    ),
    "IFC355": (
        "Two authorizers with one name",
        (
            "An authorizer that is written in place is called after its function, or `jwt`. Two that differ need "
            "names of their own: declare them with `authorizer Name …` and use the names."
        ),
    ),
    "IFC356": (
        "A setting of extern apis",
        ("`root` and `stage` tell of an API that exists already. An api that is made here knows its own."),
    ),
    "IFC357": (
        "An authorizer that looks at too little or too much",
        (
            "An answer is remembered for callers that look the same, so there must be something to look at, or `cache "
            "off`. A token stands in exactly one header."
        ),
    ),
    "IFC358": (
        "A stage that can't stand in a URL",
        ("A REST API's stage is called like the stage of the app, and its name is part of the URL. Use letters, digits, `_` and `-`."),
    ),
    "IFC360": (
        "Not the condition of an alarm",
        "An alarm watches one metric and rings when it passes one threshold: `alarm Late where Shipments.oldest > 20m`. Combine alarms with alarms of your own on a shared topic, or with a raw `AWS::CloudWatch::CompositeAlarm`.",
    ),
    "IFC361": (
        "Unknown metric",
        'Metrics have words of the language, which `ifc explain KIND` lists: `f.errors`, `Shipments.oldest`. `function.errors` is an alarm for each function. Any other metric of CloudWatch is written in quotes, `"Namespace/Name"`, with its `dimensions`.',
    ),
    "IFC362": (
        "A threshold of another unit",
        "Times are compared with durations, bytes with sizes, counts with numbers and shares with a number from 0 to 1, so that nobody has to know in which unit the service counts. A param is a number in CloudWatch's own unit.",
    ),
    "IFC363": (
        "A period that CloudWatch has not",
        "Metrics of AWS's services have a value a minute (of S3's sizes: a day), those of your own one in 10, 20 or 30 seconds at best. All periods of an alarm together are at most a day, or a week when each is an hour or longer.",
    ),
    "IFC364": (
        "Metrics that can't be found",
        "CloudWatch finds metrics by names. Of a thing that exists elsewhere the name may not be known; then the alarm names the metric and its dimensions itself.",
    ),
    "IFC365": (
        "A statistic that does not fit",
        "One statistic is compared with the threshold: the sum or the maximum, as the metric has it, or with `average` or `percentile` that one. A share is the quotient of two sums.",
    ),
    "IFC366": (
        "An alarm that watches nothing",
        "`function.errors` is an alarm for each function of the app, and there is none.",
    ),
    "IFC367": (
        "A dimension that the metric has already",
        "What an alarm watches tells the dimension that names it, such as `QueueName`. Another value would let it watch something else in silence; further dimensions are added.",
    ),
    "IFC370": (
        "A gradual deployment that does not fit",
        "`deploy canary 10 percent every 5m` moves a tenth of the calls to new code and, when all is well, the rest five minutes later; `linear 10 percent every 1m` moves a tenth each minute; `all-at-once` has no steps. CodeDeploy counts in whole minutes, two days at most, and looks at ten alarms.",
    ),
    "IFC371": (
        "Traffic that an apply does not move",
        "In CloudFormation an update of the stack moves the traffic. Terraform has nothing that does: an apply publishes the new version, and the alias goes on with the old one until CodeDeploy is told to move it, which `ifc deploy --target terraform` does after its apply.",
    ),
    "IFC372": (
        "More environments than calls",
        "`provisioned` environments count into `reserved` concurrency (Lambda developer guide, Configuring provisioned concurrency), so there can't be more of them.",
    ),
    "IFC373": (
        "A layer that nobody uses",
        'A layer is built and kept for functions that name it: `function f "src/f.handler" { layers Libraries }`.',
    ),
    "IFC374": (
        "A layer for different runtimes",
        "Compiled packages fit one release of a language and one processor. A layer that is made from a list of packages is installed once, so all its functions must agree in both. A layer that is a folder is packed as it is, for whatever runs.",
    ),
    "IFC375": (
        "A setting of an archive on an image",
        "A container image holds its runtime, its code and all its packages (Lambda developer guide, Create a Lambda function using a container image); layers and archives don't go with it.",
    ),
    "IFC376": (
        "Tags where the service has none",
        "Some resources take no tags in AWS, such as the versions of a layer (Lambda developer guide, Using tags on Lambda functions). Tags of `app` leave them out; tags written on one of them are an error, so that nobody counts on them.",
    ),
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
        ("A subscription filters by the message's attributes or by its body. Send what the filter needs in one of the two."),
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
    "IFC401": (
        "An arrow out of a function",
        "No arrow leaves a function but `.failed` and `.succeeded`: what its code sends is a verb in its block, which also gives it the permission.",
    ),
    "IFC402": (
        "Which events?",
        "The kind has several sorts of events, or none; say which: `Orders.stream`, `Files.created`.",
    ),
    "IFC403": (
        "No filter here",
        "This source has no filter at AWS.",
    ),
    "IFC404": (
        "Not a target",
        "Events of this source can't be delivered there.",
    ),
    "IFC405": (
        "`where` without an arrow",
        "A filter stands between a source and the arrow that leaves it.",
    ),
    "IFC406": (
        "Fans out too early",
        "Commas fan out only at the end of a chain, and a route goes to one function.",
    ),
    "IFC407": (
        "Not a source",
        "What stands before an arrow is no source of events, or is followed by something that belongs elsewhere.",
    ),
    "IFC408": (
        "Two arrows of one pair",
        "Lambda takes one event source mapping for a source and a function, so two arrows become one and must agree on their settings.",
    ),
    "IFC409": (
        "A second place for a result",
        (
            "Lambda sends what comes of a call that nobody waits for to one place when it failed, and to one when it succeeded. "
            "A topic or a bus takes it to several: `f.failed -> Failures` and `Failures -> Jobs, Mails`."
        ),
    ),
    "IFC410": (
        "Results of an extern function",
        (
            "A function has one configuration that says what becomes of the calls that nobody waits for. It belongs to whoever made "
            "the function; writing it here would replace the owner's."
        ),
    ),
    "IFC411": (
        "An alarm to a FIFO topic",
        "A FIFO topic takes messages that belong to a group (SNS API reference, Publish: MessageGroupId), and what CloudWatch sends has none.",
    ),
    "IFC420": (
        "Visibility shorter than the timeout",
        "SQS shows a message again when its visibility ends. While the function still works on it, it would be worked on twice; AWS refuses the mapping.",
    ),
    "IFC421": (
        "Dead-letter queue of the other type",
        "The dead letters of a FIFO queue go to a FIFO queue, those of a standard queue to a standard queue.",
    ),
    "IFC422": (
        "Not for FIFO queues",
        "Lambda takes at most 10 messages of a FIFO queue at once and does not wait for more.",
    ),
    "IFC423": (
        "A large batch without a wait",
        "Lambda takes more than 10 messages at once only when it may wait for them (`within`).",
    ),
    "IFC424": (
        "Only for FIFO queues",
        "The setting has a meaning only with `fifo`.",
    ),
    "IFC450": (
        "A table's arrows that can't share a mapping",
        (
            "Lambda takes one event source mapping of a stream for a function, so arrows from `stream` and "
            "`expired` of a table to one function become one, with one group of settings and at most 5 filter "
            "patterns. Give both the same settings, test fewer cases, or use two functions."
        ),
    ),
    "IFC451": (
        "A table without a stream",
        (
            "Changes leave a table only through its stream. Write `stream new-and-old` in the table, or `new`, "
            "`old` or `keys` where less is enough."
        ),
    ),
    "IFC452": (
        "Nothing ever expires",
        ("`expired` are the items that the table's time to live has deleted, and the table has none. Write `ttl attribute` in the table."),
    ),
    "IFC453": (
        "Too many readers of a table's stream",
        (
            "DynamoDB slows down the readers of a stream when more than two functions read it. Let one function "
            "read it and publish what the others need to a topic or a bus."
        ),
    ),
    "IFC454": (
        "A FIFO place for a stream's dead letters",
        (
            "Lambda tells of failed records to standard queues and topics, and to buckets, but not to FIFO ones. "
            "Name another queue or topic."
        ),
    ),
    "IFC455": (
        "A stream's ARN that must be known",
        (
            "The ARN of a table's stream holds the time at which it was made, so it can't be derived from an "
            "extern table's name. Write `stream-arn` into the extern table's block, perhaps from where it is made: "
            '`stream-arn exported "…"`.'
        ),
    ),
    "IFC456": (
        "A function of somebody else needs a right",
        (
            "Lambda reads a queue or a stream with the role of the function it calls, and a function that tries new code tells "
            "CodeDeploy what it found with its own. The role of an extern function is its owner's, who must allow it the actions named: "
            "else the mapping can't be made, or the deployment waits in vain."
        ),
    ),
    "IFC457": (
        "Retries without end",
        'Records of a shard come in order, so one that always fails is tried again until it expires, and all behind it wait. `max-age` or a number of `retries` ends that, and `dead-letter` tells where the record was. Where order is worth the wait, say so: `# ifc: allow IFC457 "nothing may be skipped"`.',
    ),
    "IFC458": (
        "Expired items without their image",
        "An item that has expired has an old image and no new one. With `stream new` whoever waits for `expired` hears the key alone. Write `stream old`, or `new-and-old` if others read the new one; `stream keys` says that keys are enough.",
    ),
    "IFC460": (
        "A FIFO topic to something else than a queue",
        (
            "SNS keeps the order of a FIFO topic only on the way into queues, so functions and addresses can't "
            "subscribe. Put a queue between the topic and the function."
        ),
    ),
    "IFC461": (
        "A FIFO queue behind a topic without order",
        (
            "A FIFO queue wants a group with each message, and a standard topic has none to give. Make both FIFO or "
            "neither; a standard queue may follow a FIFO topic."
        ),
    ),
    "IFC462": (
        "A FIFO topic that EventBridge can't reach",
        (
            "Rules and schedules have no way to name the group of a message for a topic. Let a function publish to "
            "it, or take a topic without `fifo`."
        ),
    ),
    "IFC463": (
        "Something that the target needs",
        (
            "A FIFO queue needs the name of a message group (`group`) and, since EventBridge sends no ids, `dedup "
            "content`; a stream needs a `partition` from a schedule. Write it in the arrow's block."
        ),
    ),
    "IFC464": (
        "A setting that the target can't use",
        (
            "Each target takes its own settings: `group` is for FIFO queues, `partition` for streams, `raw` for "
            "queues and https addresses, `source` and `detail-type` for a bus, and an event goes whole from bus to "
            "bus. The setting would be dropped, so take it out."
        ),
    ),
    "IFC465": (
        "A queue of the wrong sort for dead letters",
        (
            "The dead letters of a FIFO topic go to FIFO queues, all others to standard ones; messages would vanish "
            "otherwise. Name a queue of the right sort."
        ),
    ),
    "IFC466": (
        "Every event of the account",
        (
            "On the account's own bus (`aws`) all services and applications speak, so an arrow without a filter would "
            "take everything that happens in the account. Say with `where` which events are meant."
        ),
    ),
    "IFC467": (
        "The same arrow twice",
        (
            "Ids are made from names, so two schedules that start the same target at the same times, or two "
            "subscriptions of one address, would be one resource. Keep one of them."
        ),
    ),
    "IFC468": (
        "A key's policy must let a service in",
        (
            "A service that delivers to a queue or topic with a customer key must be able to use the key, and the "
            "key's policy is not written here. Its owner allows kms:Decrypt and kms:GenerateDataKey for that service."
        ),
    ),
    "IFC470": (
        "A bucket's events into a FIFO target",
        (
            "S3 sends its notifications to standard queues and topics only. Let a function between send on, or take a standard "
            "one: S3 keeps no order anyway."
        ),
    ),
    "IFC471": (
        "Events of an extern bucket",
        (
            "A bucket has one list of notifications, which belongs to whoever made the bucket; writing it here would wipe out "
            "the owner's. With EventBridge switched on for the bucket, its events come over the account's own bus, `aws`."
        ),
    ),
    "IFC472": (
        "Keys selected twice",
        "On the way to a bus the pattern after the port and a test of `key` would both be about one field, and a rule tests a field once.",
    ),
    "IFC473": (
        "A filter on the way to the account's own bus",
        (
            "A bucket that tells EventBridge anything tells it everything, and the account's own bus is where it tells it. "
            "Filter the arrow that leaves `aws`."
        ),
    ),
    "IFC474": (
        "An order that nobody gets",
        "Behind a FIFO topic a standard queue gives its messages in any order, and more than once. That is fine beside FIFO queues; where all queues are standard, the topic's order, its limits and its price are for nothing. Make a queue FIFO, or the topic standard.",
    ),
    "IFC475": (
        "Events of AWS on a bus of one's own",
        "AWS's services tell the account's own bus, `aws`, and nobody else may send events whose source begins with `aws.`. On another bus such a filter matches only what a bucket or an arrow from `aws` brings there.",
    ),
    "IFC476": (
        "An event that nobody takes",
        "The `source` and the `detail-type` of what a schedule or a bucket sends are known, and no arrow from the bus lets them pass. Correct the filter, or what is sent.",
    ),
    "IFC480": (
        "Not a route",
        ("A route is a method of HTTP (or `ANY`, `DEFAULT`), a path and an arrow to a function: `GET /orders/{id} -> getOrder`."),
    ),
    "IFC481": (
        "Not a path",
        (
            "A path begins with `/`, holds segments of letters, digits and a few signs, and does not end with `/`. "
            "The query is no part of it."
        ),
    ),
    "IFC482": (
        "A parameter of a path that is none",
        (
            "A parameter is a whole segment in braces, with a name that occurs once: `{id}`. `{path+}` takes the rest "
            "of the path, so it stands at the end."
        ),
    ),
    "IFC483": (
        "The same route twice",
        ("API Gateway tells routes apart by method and path; the names of parameters don't count. Keep one of them."),
    ),
    "IFC484": (
        "A route of another protocol",
        (
            "`DEFAULT` is of HTTP APIs, `CONNECT`, `DISCONNECT` and `MESSAGE` are of WebSocket APIs, and REST APIs "
            "take fewer signs in a path."
        ),
    ),
    "IFC485": (
        "Two parameters at one place",
        ("In a REST API paths are a tree, and each place in it has one parameter. Give it the same name in all routes."),
    ),
    "IFC486": (
        "Two routes with one id",
        (
            "Logical ids are made from a route's method and the letters and digits of its path, so that they stay "
            "when other routes come and go. Rename a segment or a parameter of one of the two."
        ),
    ),
    "IFC487": (
        "Routes in a REST API that is deployed elsewhere",
        (
            "A REST API serves a snapshot that its owner deploys, so routes added from outside never go live. "
            "Extern HTTP APIs take routes; for REST, add them where the API is made."
        ),
    ),
    "IFC488": (
        "A limit on a stage that is not ours",
        ("Limits of routes stand in the API's stage, and an extern API's stage is its owner's."),
    ),
    "IFC489": (
        "A REST API without routes",
        ("API Gateway refuses to deploy a REST API without methods. Give it a route, or remove it."),
    ),
    "IFC490": (
        "A verb that this api does not take",
        (
            "`calls` lets a function sign requests to routes with `authorizer iam`; other routes don't look at "
            "permissions, and need only the URL. `sends` is for WebSocket APIs."
        ),
    ),
    "IFC491": (
        "Functions behind a REST API send their own headers",
        (
            "With `cors` a REST API answers preflight requests and its own errors; what a function answers is passed "
            "on as it is, so the function sends `access-control-allow-origin`."
        ),
    ),
    "IFC492": (
        "Scopes without a token",
        ("Scopes are claims of a JWT, so they can be asked for only where a `jwt` authorizer reads one."),
    ),
    "IFC493": (
        "More routes than an API takes",
        ("API Gateway takes 300 routes in an HTTP API and 300 paths in a REST API, until AWS raises the account's quota."),
    ),
    "IFC494": (
        "The URL of an extern REST API",
        ('Its URL ends with the name of its stage, which nothing but the source can tell: write `stage "prod"` into the extern api.'),
    ),
    "IFC469": (
        "A key that shuts publishers out",
        (
            "The account's own key for SNS (`encryption kms`) can't be opened to other services or accounts, so "
            "buckets, rules, alarms and other accounts fail to publish. SNS encrypts its disks without a key too; "
            "else use a customer key whose policy names them."
        ),
    ),
    "IFC495": (
        "An authorizer in the way of preflight requests",
        "Browsers ask with OPTIONS, without credentials, before they send a request from another origin. A route for any method with an authorizer catches that and refuses it; an open OPTIONS route comes before it.",
    ),
    "IFC496": (
        "Slower than the gateway waits",
        "API Gateway waits 30 seconds for a function behind an HTTP API and 29 behind a REST API; then the caller gets an error while the function works on. Let it answer at once and send the work to a queue, or shorten its timeout, so that it stops when nobody waits any more. Where AWS has raised a REST API's limit, say so in an `# ifc: allow`.",
    ),
    "IFC497": (
        "A route that is never reached",
        "`DEFAULT` is taken when no other route matches, and `ANY /` and `ANY /{path+}` match all requests. Keep one or the other.",
    ),
    "IFC498": (
        "Open and without a limit",
        "`authorizer none` lets everyone call a route that writes, and without a limit they may use up the requests that all apis of the account share. `throttle rate 10 burst 20` on the route limits it, `throttle` in the api all routes together.",
    ),
    "IFC499": (
        "An authorizer that is too slow",
        "An HTTP API waits ten seconds for its authorizer, then it refuses the caller. A longer timeout lets the function work on for nobody.",
    ),
    "IFC425": (
        "No dead letters",
        "A queue has dead letters when a function consumes it or `dead-letter` says so; those of an extern queue are a queue of its owner's.",
    ),
    "IFC426": (
        "Dead letters in a circle",
        "A queue's dead letters go to another queue. If they came back in the end, a message that always fails would never rest, and none of the queues could be made first.",
    ),
    "IFC427": (
        "A queue's name and `.fifo`",
        "SQS knows a FIFO queue by the end of its name: `.fifo`, which the name of a standard queue may not have.",
    ),
    "IFC428": (
        "Visibility too short for Lambda's own retries",
        "Lambda keeps a batch back that meets a busy function, and tries it again while its messages are hidden. AWS wants six times the function's timeout, and the time that a batch is waited for. A message that is shown earlier is worked on twice, or counts as failed. Leave `visibility` out, and it becomes that.",
    ),
    "IFC429": (
        "Dead letters that are not kept longer",
        "In a standard queue the time that a message is kept counts from when it was first sent, so dead letters that are kept no longer than the queue keeps its messages may be deleted at once. `retention 14d` is the longest; what `dead-letter after 5` makes has it.",
    ),
    # --- permissions ---
    "IFC501": (
        "Unknown verb",
        "The verbs say what a function does with a resource; `ifc explain` lists them.",
    ),
    "IFC502": (
        "Not a verb of this kind",
        "Each kind takes the verbs that have a meaning for it.",
    ),
    "IFC503": (
        "Keys on something else than a bucket",
        '`reads Raw "in/*"` limits a permission to some objects of a bucket; other kinds have none.',
    ),
    "IFC504": (
        "`*` without a reason",
        "A permission on every resource of an account is sometimes needed, but a reader should find the reason beside it. Actions that AWS limits to no resource need none, nor does what has a condition.",
    ),
    "IFC505": (
        "A policy that is not ours",
        "An extern queue or topic has a policy of its owner's. Writing one here would replace it, so its owner must add the statement.",
    ),
    "IFC506": (
        "Two resources, one variable",
        "Two verbs put different addresses into the same environment variable.",
    ),
    "IFC507": (
        "`as` for several resources",
        "`as NAME` names the variable of one resource.",
    ),
    "IFC508": (
        "Not an action or an ARN",
        "`allow` takes actions as `service:Action` and ARNs, references or `*`.",
    ),
    "IFC509": (
        "Verbs in defaults",
        "Verbs in `defaults function` give every function the permission, needed or not.",
    ),
    "IFC510": (
        "A secret in an output",
        "Outputs are readable by everyone who may describe the stack or read the state.",
    ),
    "IFC511": (
        "A secret in an environment",
        "Environment variables are readable by everyone who may see the function's configuration. A `secret` that the function `reads` is not.",
    ),
    "IFC512": (
        "Unknown action",
        "The Service Authorization Reference lists no such action, so the permission permits nothing.",
    ),
    "IFC513": (
        "Everything of a service, without a reason",
        'A star that stands for all actions of a service, or for all of its resources, gives whoever gets into the function all of that. Name what the code needs, or say why that can\'t be done: `because "why"`.',
    ),
    "IFC514": (
        "A managed policy that allows too much",
        "AWS's policies whose names end in `FullAccess` allow every action of a service on everything in the account, and `AdministratorAccess` everything. A verb, or an `allow` of single actions, says what the function needs.",
    ),
    # --- functions, and what they are called by ---
    "IFC530": (
        "More calls than are reserved",
        "Each queue calls a function as often at once as its arrow's `concurrency` says, and `reserved` bounds all calls together. What is refused goes back to the queue and has been received once more, which brings it nearer to the dead letters.",
    ),
    "IFC531": (
        "Dead letters for want of concurrency",
        "Lambda's poller takes messages without looking at what is reserved for the function; a call that is refused counts as a receive. With fewer than five receives good messages become dead letters when much comes at once. `concurrency` on the arrow lets the poller take only what the function can work on.",
    ),
    "IFC532": (
        "An environment that is too large",
        "Lambda takes 4 KB for all variables of a function together. Keep long texts in a `config`, in a bucket or beside the code.",
    ),
    "IFC533": (
        "A runtime at its end of life",
        "AWS does not mend a runtime after its last day; later it makes no new functions on it, and in the end changes none. Move to the one that is named. The dates are those of this release, compared with the day on which they were read; `--today 2027-02-01` compares them with another.",
    ),
    "IFC534": (
        "More reserved than an account has",
        "An account has 1,000 calls at the same time in a region, until AWS raises its quota, and 100 of them can't be reserved. What is reserved for one function is taken from all others, so reserve little.",
    ),
    "IFC536": (
        "Functions that compete for a queue",
        "A queue gives each message to one of those that take from it. So that several functions get each of them, let a topic deliver to a queue for each. Filters on the arrows don't help: what doesn't pass the filter of the one that got it is deleted.",
    ),
    "IFC537": (
        "Dead letters that nobody looks at",
        "A queue for what failed helps if somebody hears that something is in it. Write an alarm on it, let a function take what is there, or give its address to whoever looks after it (`output`).",
    ),
    "IFC538": (
        "Near CloudFormation's limits",
        "The template is filled to nine tenths, so one of the next changes will be refused (`IFC604`). Split the app while there is time: what moves to another stack is made anew there.",
    ),
    # --- the whole graph ---
    "IFC520": (
        "A way on which something is kept and something lost",
        "Dead letters or a `.failed` stand on one hop of a way, and on another an event is dropped after the last try. Ways on which nothing is kept raise no warning; `ifc paths FILE` lists every hop that can lose an event, with what would keep it.",
    ),
    "IFC521": (
        "Order that ends between two FIFO places",
        "A FIFO queue or topic keeps order within a message group. A standard queue or topic, a bus or a call that nobody waits for on the way mixes what passes, and a FIFO place behind it keeps the order of arrival. `ifc paths FILE` shows where order ends.",
    ),
    "IFC522": (
        "One event by two ways",
        "A function is asked for an event directly and by a queue, a topic or a bus behind, so it handles each event twice.",
    ),
    "IFC523": (
        "Retries that multiply",
        "Each hop of a way tries again by itself, so that the numbers multiply: while the last one fails, one event may reach it a thousand times and more. `ifc paths FILE` prints the products.",
    ),
    "IFC524": (
        "A filter that nothing passes",
        "What the app's own verbs and arrows bring can't be what the filter asks for, so its arrow is dead. (A filter that contradicts itself is IFC433.)",
    ),
    "IFC525": (
        "Results that never come",
        "`f.failed`, `f.succeeded` and `retries` are for calls that nobody waits for. What comes from a route, a queue or a stream is waited for: the caller is told, or the source tries again and has dead letters of its own.",
    ),
    "IFC526": (
        "Too old before the last try",
        "All tries together take longer than the event is kept, so it is dropped before it gets to the dead letters. Retention counts from when a message was sent.",
    ),
    "IFC527": (
        "A caller that gives up first",
        "Behind a route a function waits for another one that may run longer than itself: the caller fails, and the other goes on, is paid for, and nobody hears what came of it. What runs for more than 30 seconds is taken to be called without waiting.",
    ),
    "IFC528": (
        "Nothing calls it",
        "No arrow, verb or setting of the app leads to this function. Perhaps an arrow is missing, or somebody else calls it.",
    ),
    "IFC529": (
        "Nothing takes anything out of it",
        "No arrow and no verb takes anything out of this thing. Perhaps an arrow or a verb is missing, or somebody else uses it.",
    ),
    "IFC550": (
        "Events go round in a loop",
        'What a function writes, sends or calls sets it off again, and nothing on the way can stop it: each round is paid for, and only the code could end it. A loop is broken where a filter, a key or a verb rules out what comes round: another prefix, another `eventName`, `deletes` in the place of `writes`. One that is meant is said to be meant, with the reason: `# ifc: allow IFC550 "the second round finds nothing to do"`.',
    ),
    "IFC551": (
        "Events may go round in a loop",
        "There is a filter on the way round, and it is not known whether what comes round passes it. Where a field can be a list, two values of it do not rule each other out.",
    ),
    "IFC552": (
        "Functions may call each other without end",
        "Each of these functions may call the next, and the last one the first. Pass a count on and end at a number.",
    ),
    "IFC553": (
        "Events go round if code sends what sets it off",
        "On the way round an arrow asks for events by name, such as a `detail-type`, and the code before it is free to send any. Whoever is set off by one event mostly tells another one, so this is a note.",
    ),
    "IFC560": (
        "A suppression that suppresses nothing",
        "What it allowed is not said here any more, so the comment says something that is not so. It must stand on the line of the diagnostic, or alone on the line above. One with a last day, `until 2027-01-31`, ends with it; the compiler never asks the clock, so `--today 2027-02-01` says which day it is.",
    ),
    "IFC561": (
        "A suppression that can't be read",
        'A suppression names the code and the reason: `# ifc: allow IFC551 "why it is meant"`, and a last day behind it if it ends, `until 2027-01-31`. `ifc explain CODE` tells what a code is about. Of errors only loops can be allowed.',
    ),
    # --- code ---
    "IFC570": (
        "Code that calls AWS without a verb",
        'The code of a handler, or code of the same folder that it reaches, calls AWS for something that no verb, `allow` or arrow permits its function: the first event that comes there fails. The help names the narrowest verb. The code is read, never run (Python with boto3, JavaScript and TypeScript with versions 2 and 3 of the SDK), and a call is told only where it is certain. Of a branch that never runs, say so: `# ifc: allow IFC570 "only the migration did that"` above the function.',
    ),
    "IFC571": (
        "Code that calls AWS without an `allow`",
        "As IFC570, for what no verb of the resources of the app carries: another service, or an action such as `sqs:GetQueueUrl`. Write an `allow` with the action and the ARN that it is about.",
    ),
    "IFC572": (
        "A verb that no call in the code uses",
        "All code that the handler may reach was read, and none of it says a name by which an SDK does what the verb permits. It is a note, shown with `--notes`: what is not needed is better not permitted.",
    ),
    # --- cost ---
    "IFC580": (
        "A loop without end to its cost",
        'Each round of the loop brings at least as many events as went in, by what is known and assumed of filters, errors and verbs, so the sum has no end. If the code or a filter ends it, a traffic file says how much goes round: `arrows: { "Orders.stream -> total": { passes: 20% } }`, or how often a verb is used for each event: `verbs: { "total writes Orders": 0.2 }`.',
    ),
    "IFC581": (
        "A traffic file that can't be read",
        "`ifc cost --traffic FILE` reads YAML (or JSON) with the sections `sources`, `functions`, `arrows`, `verbs`, `sizes`, `stored` and `assume`, each a list of names with values.",
    ),
    "IFC582": (
        "An unknown name in a traffic file",
        "Names in a traffic file are those of the source, as they are written there: routes (`POST /orders`), resources (`Jobs`), ports (`Uploads.created`), arrows (`Orders.stream -> bill`) and verbs (`report reads Orders`). A route that several apis have is called with its api: `Public POST /orders`.",
    ),
    "IFC583": (
        "A value in a traffic file that is none",
        "Rates have a time, `30000000 per month`; durations, sizes and shares have a unit: `80ms`, `2KB`, `20%`.",
    ),
    "IFC584": (
        "A region without prices",
        "Prices differ between regions, so none is taken for another. `--region` asks for the prices of another region on purpose, and `--prices FILE` brings those of yours, in the form of `ifc/data/prices.json`.",
    ),
    "IFC585": (
        "A file of prices that can't be read",
        "`ifc cost --prices FILE` reads JSON or YAML of regions with prices: a number in US dollars for one unit, or `usd` with `status` (`confirmed` or `unconfirmed`) and `source`. What the prices are called and what one unit is, is in docs/cost.md.",
    ),
    "IFC586": (
        "Nothing to compare the cost with",
        "`ifc cost --diff OLD` compares two sources: a file, a folder, or `main:app.ifc`. A template does not say what comes in from outside, nor which verb is about what.",
    ),
    # --- targets and limits ---
    "IFC601": (
        "The prefix does not fit",
        "Every physical name begins with the prefix, `{app}-{stage}` unless `app { prefix }` says otherwise. Names at AWS are short: it may have 24 characters.",
    ),
    "IFC602": (
        "Two things with one id",
        "Logical ids, and the addresses of Terraform, are made from declared names; two declarations or arrows came to the same one.",
    ),
    "IFC603": (
        "Unknown property",
        "The schema of the type, in CloudFormation or in Terraform's AWS provider, has no such property or argument.",
    ),
    "IFC604": (
        "Beyond CloudFormation's limits",
        "A template holds 500 resources, 200 parameters, 200 outputs and 1,000,000 bytes.",
    ),
    "IFC605": (
        "A physical name too long",
        "Physical names are made from the prefix and the declared name, and each service has a limit.",
    ),
    "IFC606": (
        "A policy too long",
        "IAM takes 10,240 characters of inline policies for a role.",
    ),
    "IFC607": (
        "The region is not in the template",
        "A CloudFormation template is deployed to the region that the deployment names.",
    ),
    "IFC608": (
        "Nothing to deploy",
        "CloudFormation refuses a template without resources, and Terraform would destroy everything that is there. Take down what is deployed with the tool that deployed it.",
    ),
    "IFC609": (
        "A kept resource with a fixed name",
        "What is kept survives its stack. A stack that declares it again with the same name fails with `already exists`, until it is imported.",
    ),
    "IFC610": (
        "An ARN in SSM that must be taken apart",
        "The address of an extern resource (a queue's URL, a table's name) is a part of its ARN. CloudFormation reads SSM values only after it has split texts, so the parts would be wrong.",
    ),
    "IFC611": (
        "A circle of references",
        "Resources are made one after another, so none may need another that needs it in turn.",
    ),
    "IFC612": (
        "A list where one value is wanted",
        "A list param is several values; most properties take one.",
    ),
    "IFC620": (
        "An output's name twice, or a variable's name that is taken",
        "Terraform's names are written in small letters with underscores, so `tableName` becomes `table_name`; some names are taken by Terraform, and `prefix` and `code` by the configuration.",
    ),
    "IFC621": (
        "A pattern that Terraform can't test",
        "Terraform tests values with RE2, which does not look around or back. A pattern without that means the same to CloudFormation too.",
    ),
    "IFC622": (
        "An export in Terraform",
        "CloudFormation exports outputs under names of the account. Terraform has no such thing: others read an output with `terraform_remote_state`, or a value that a `config` keeps.",
    ),
    "IFC623": (
        "A secret without a value",
        "CloudFormation makes up a value for a secret that has none. Terraform would have to keep it in its state, so it makes the secret and leaves it empty.",
    ),
    "IFC624": (
        "Two resources of one name",
        "CloudFormation makes up names of queues, topics, tables and roles. In Terraform they are the prefix and the declared name, which may be what another one is called by hand. IAM does not look at the case of a role's name.",
    ),
    "IFC625": (
        "A block that is not there",
        'A resource may become several blocks in Terraform; `terraform "type" { … }` lays arguments over the one of that type.',
    ),
    "IFC626": (
        "A text that Terraform changes",
        "Some letters can be written as one character or as a letter and an accent. Terraform writes all texts in the first way (Unicode's normal form NFC), CloudFormation leaves them as they are.",
    ),
    "IFC627": (
        "An attribute that is called otherwise in Terraform",
        'Attributes of raw resources are written as CloudFormation spells them. In Terraform they have the same name in small letters, or the one that `attributes { TopicName "name" }` gives.',
    ),
    "IFC628": (
        "Characters that Terraform's policies change",
        "The provider writes policies with `&{` for IAM's own `${`, and has no way to say `&{` itself.",
    ),
    "IFC629": (
        "A dynamic reference in Terraform",
        "CloudFormation resolves `{{resolve:ssm:…}}` and `{{resolve:secretsmanager:…}}` wherever they stand in a text. Terraform leaves the text as it is.",
    ),
    "IFC630": (
        "A name that the log can't take",
        "In a Spacer project each queue, topic, bus, stream, table and bucket is a topic of the log, named with small letters and digits only, so that PostgreSQL and Kafka take it: `OrderPlaced` becomes `orderplaced`.",
    ),
    "IFC631": (
        "A param without a value",
        "A cloud's deployment asks for the values of params. A Spacer project is run as it is, so each param needs a default or a `--param`.",
    ),
    "IFC632": (
        "A value that only the account has",
        "`ssm` and `exported` are read at a deployment. On this machine a text stands for them, which tells what was meant.",
    ),
    "IFC633": (
        "A runtime that is not here",
        "The gateway runs functions in Python, JavaScript and Lua. Others keep their place, their routes and their queues, and each call of them fails.",
    ),
    "IFC634": (
        "A path of the gateway's own",
        "`/_ifc` is the gateway's page, `/_url` has the functions' URLs, and what lies under `/private` can't be reached from outside.",
    ),
    "IFC635": (
        "A function's file that can't be",
        "In a Spacer project each function is the file `app/NAME.lua`, and `app/gateway.lua` holds the routes.",
    ),
    "IFC636": (
        "An extern table without a key",
        "A table that exists elsewhere is empty here, and to make it this machine must know its key. An extern table takes `key`, `index` and `local-index` for that.",
    ),
    "IFC637": (
        "A secret param without a value here",
        "Secret params have no defaults, and a Spacer project has no deployment that asks for them. A text stands for the value, so that the app runs; `ifc local --param NAME=VALUE` gives one, and `ifc local put` gives a `secret` its own.",
    ),
    "IFC638": (
        "A verb that Lua has no call for",
        "Functions in Lua have no SDK: `flow.call` calls functions, `topics.append` appends to queues, topics, buses and streams. What other verbs allow, they can't do.",
    ),
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
            "doesn't export it. Correct the name, or define and export the function. A script exports as its module system "
            'does: an ES module (`.mjs`, or by `"type": "module"` of the nearest package.json) by `export` alone, CommonJS by '
            "`exports`, unless esbuild bundles it."
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
        ("`code` names a folder, or a .zip or .jar built before, relative to the .ifc file. Make it, or correct the path."),
    ),
    "IFC709": (
        "An archive without a runtime",
        ("The runtime follows from the suffix of the handler's file, and archives aren't looked into. Write `runtime`."),
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
        ("It belongs into an archive, so it must be readable. Give yourself the right to read it, or take it out of the folder."),
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
        "The archive can't be written or read",
        (
            "The system refused to write the zip file of the code, a file changed while it was packed, or an archive that "
            "another tool built is broken. Make room, get the right to write there, or build again."
        ),
    ),
    "IFC716": (
        "Too many files to pack",
        (
            "More than 100,000 files and folders mean links that lead to one another, or the wrong folder. Remove "
            "the links, or let `code` name a smaller folder."
        ),
    ),
    "IFC717": (
        "An import that nothing answers",
        (
            "A Python function imports a module that is neither among its own files as seen from the code folder, nor "
            "in the packages that it asks for, nor in its layers or the runtime: its first event would fail. Correct "
            "the import, or add the package to a requirements.txt. An import in a `try` that catches ImportError is none."
        ),
    ),
    "IFC718": (
        "A layer that no import finds",
        (
            "Lambda unpacks a layer in `/opt`. Python looks for modules in `/opt/python`, Node.js in `/opt/nodejs/node_modules`, and "
            "this layer's folder has its modules elsewhere. Move them below `python` or `nodejs/node_modules`."
        ),
    ),
    "IFC720": (
        "A runtime chosen by the release",
        "No runtime is written, so this release of ifc chooses its version. An upgrade of ifc may choose a newer one; writing it down keeps it.",
    ),
    "IFC721": (
        "A runtime that is guessed",
        "With `--no-code` no file is looked at, so a runtime that is not written is taken to be Python's.",
    ),
    # --- builds ---
    "IFC730": (
        "The whole code folder is packed",
        (
            "Normally a function gets the files that its imports reach. This one imports by a name that is made while "
            "it runs, changes where modules are looked for, or is written in a newer language, so all files below `code` "
            "go in. `exclude` takes some out; a `code` folder of its own makes it small."
        ),
    ),
    "IFC731": (
        "A package without a wheel",
        (
            "`ifc build` installs wheels alone: building a package here would build it for this machine and run its "
            "code. The package has none for the function's runtime and processor, or is a source tree. Take a release "
            "that has one, or build the wheel on Lambda's system and point `--find-links` at it."
        ),
    ),
    "IFC732": (
        "Packages can't be installed",
        "The installer (uv, pip or npm) failed; its own last words follow. Mostly a name, a version or the network is to blame.",
    ),
    "IFC733": (
        "A list of packages that can't be used",
        (
            "A requirements.txt, a pyproject.toml or a package.json is broken, or says what is wanted in a way that "
            "another tool has to read first. Python packages stand in requirements.txt or in `[project] dependencies`."
        ),
    ),
    "IFC734": (
        "A tool is missing",
        "Python packages are installed by uv or pip, Node's by npm. The one that is needed isn't on this machine.",
    ),
    "IFC735": (
        "A script that can't be bundled",
        (
            "esbuild, which makes one file of a function in Node.js and its packages, found a mistake; its message and place follow. "
            "As a warning: a package brings native code, which a bundle can't hold; a layer can."
        ),
    ),
    "IFC736": (
        "Too large for Lambda",
        (
            "Lambda unpacks at most 250 MB for a function, its layers included (Lambda quotas). The help names the "
            "largest files. A container image (`image`) may have 10 GB."
        ),
    ),
    "IFC737": (
        "The build's cache can't be written",
        (
            "`ifc build` keeps what it made in `.ifc/build` beside the app's file. That folder can't be written, so this "
            "build kept it elsewhere for itself alone; the result is the same."
        ),
    ),
    "IFC738": (
        "A glob that matches nothing, or too much",
        (
            "`include` and `exclude` name files relative to `code`: `*` and `?` stay within a folder, `**` goes through "
            "any, and a folder stands for all in it. Here no file matches, or the handler itself does in `exclude`."
        ),
    ),
    "IFC739": (
        "The same packages in several archives",
        "Each function carries its own copy of the same large packages. A `layer` holds them once, and an upload of one is enough.",
    ),
    # --- files ---
    "IFC801": (
        "A file that can't be read",
        "The file is not there, is a folder, or its permissions forbid reading it.",
    ),
    "IFC802": (
        "Not UTF-8",
        "Source files are UTF-8 text.",
    ),
    "IFC803": (
        "A looked-up file that can't be read",
        '`file "x.json"` reads a file beside the source when compiling.',
    ),
    "IFC804": (
        "Imports in a circle",
        "A file is imported by one that it imports itself.",
    ),
    "IFC805": (
        "Import from outside",
        "Imports stay inside the git root (or the app's folder where there is none), so that a checkout is complete.",
    ),
    "IFC806": (
        "Not an import",
        "`import` names one file in quotes.",
    ),
    "IFC807": (
        "Output that can't be written",
        "The output folder or a file in it can't be written; nothing was changed.",
    ),
    "IFC808": (
        "A mistake in `[tool.ifc]`",
        "`ifc golden` and the pytest plugin read `[tool.ifc]` of a pyproject.toml: a setting is unknown or has no value of its type, or an app that it names is not there. docs/golden.md has the settings.",
    ),
    "IFC809": (
        "Two apps of one name",
        "Golden files lie in a folder of the app's name, so two apps of one name can't be in one `[tool.ifc]`. Capitals don't tell them apart: some file systems don't either.",
    ),
    "IFC810": (
        "Golden files that can't be read or written",
        "Something stands in the place of the golden files that can't be read, can't be written, or that ifc didn't write, and so never removes. Files that are not there are no such mistake: they are missing.",
    ),
    # --- reviews ---
    "IFC820": (
        "A side that is not there",
        "A side of `ifc diff` is an .ifc file, a folder with one, a CloudFormation template, a folder of Terraform's JSON, or `REVISION:FILE`.",
    ),
    "IFC821": (
        "No such revision",
        "git knows no commit of this name, or two have none in common. A shallow clone lacks the history that a comparison with a branch needs.",
    ),
    "IFC822": (
        "No revisions",
        "Revisions are git's: it must be installed, and the app must lie in a repository.",
    ),
    "IFC823": (
        "A side that can't be read",
        "It is neither a template nor a configuration, or is broken. Terraform's own language (.tf) is not read, only its JSON.",
    ),
    "IFC824": (
        "A side that does not compile",
        "There is nothing to compare as long as one side has mistakes; all of them are shown.",
    ),
    "IFC825": (
        "Two sides of different sorts",
        "A template and a configuration say the same in words that have nothing in common. Each can be compared with the source.",
    ),
    # --- deploying ---
    "IFC830": (
        "No credentials that work",
        "Credentials are found as the AWS CLI finds them: the environment, a profile, a login of `aws sso login`, the role of a machine or a pipeline. None is written anywhere by ifc. Expired ones are renewed by logging in again.",
    ),
    "IFC831": (
        "Not allowed to deploy",
        "The account answered that a permission is missing. `ifc permissions FILE --deploy-role` prints the least policy that deploying the app needs.",
    ),
    "IFC832": (
        "AWS can't be reached",
        "There was no answer, or the line broke. What CloudFormation had begun goes on without us: `ifc status` shows what came of it.",
    ),
    "IFC833": (
        "Another account or region",
        '`stage prod { account "123456789012"; region "eu-west-1" }` lets a stage be deployed there and nowhere else. It is asked before anything is touched.',
    ),
    "IFC834": (
        "A bucket of someone else",
        "Archives and templates go through the bucket `ifc-artifacts-ACCOUNT-REGION`. All accounts share the names of buckets, so each call says which account must own it, and a name that somebody else has taken is refused.",
    ),
    "IFC835": (
        "A stack that can't be deployed to now",
        "A stack takes one change at a time. While one is under way, `--wait` waits for it, as it does for somebody else who has the lock of Terraform's state. Where going back from a failure failed too, `ifc rollback` goes on with that; where a first deployment or a deletion is stuck, `ifc destroy` removes what is left.",
    ),
    "IFC836": (
        "Refused by CloudFormation",
        "CloudFormation refused the template or a parameter's value before it changed anything, or a param has no value: one given once with `--param` is kept, also a secret one.",
    ),
    "IFC837": (
        "A resource failed",
        "A service refused to make, change or remove a resource. CloudFormation then takes back what it had done before; `ifc status` shows where that has come to.",
    ),
    "IFC838": (
        "Too much at once",
        "The account is asked more often than it allows, also after waiting longer and longer, or a quota is used up. AWS raises most quotas on request.",
    ),
    "IFC839": (
        "Refused by AWS",
        "A service answered with an error that ifc knows nothing more about; its own words are shown.",
    ),
    # --- not built in this release ---
    "IFC901": (
        "A kind of a later release",
        "The language has this kind and this release does not build it. A raw `resource` can stand in for it.",
    ),
    "IFC902": (
        "Components",
        "The language has `component` and `use`; this release does not build them. Write the declarations out, or `import` a file.",
    ),
    "IFC903": (
        "`when`",
        "The language has conditions over params and stages; this release does not build them. Declarations in a `stage` block belong to that stage alone.",
    ),
    "IFC904": (
        "A setting of a later release",
        "The language has this setting and this release does not build it. `cfn { }` and `terraform { }` can lay the properties over the resource.",
    ),
    "IFC905": (
        "An arrow that needs a pipe",
        "The language has arrows from queues and streams to other things than functions (EventBridge Pipes); this release does not build them.",
    ),
    "IFC906": (
        "A handler without a target",
        "`ifc build` bundles TypeScript for the clouds, and the gateway (`ifc local`, `--target spacer`) runs JavaScript alone. Lua handlers run in the gateway, not on Lambda. A `stage` block can name another handler for either.",
    ),
}
