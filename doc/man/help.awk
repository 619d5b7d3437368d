# The text of --help as a manual page. Knows its shapes: usage, headings, lists of a term and what it means, examples, paragraphs.
function quoted(text) {
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	gsub(/"/, "\\(dq", text)
	return text ~ /^[.']/ ? "\\\&" text : text
}

function begin(shape) { # paragraph, literal, item or nothing
	if (now == "literal" && shape != "literal")
		print ".fi"
	if (shape == "literal" && now != "literal")
		print (now == "heading" ? "" : ".PP\n") ".nf"
	if (shape == "paragraph" && now != "paragraph" && now != "heading")
		print ".PP"
	now = shape
}

BEGIN {
	printf ".TH %s %s \"%s\" \"Sawatch %s\"\n.SH NAME\n%s \\- %s\n.SH SYNOPSIS\n", quoted(toupper(name)), section, date, version, quoted(name), quoted(purpose)
	now = "heading"
	usage = 1
}

usage && sub(/^[Uu]sage: /, "") || usage && sub(/^       /, "") {
	begin("literal")
	print quoted($0)
	next
}

usage {
	begin("nothing")
	print ".SH DESCRIPTION"
	now = "heading"
	usage = 0
}

/^ *$/ {
	if (now != "heading")
		begin("nothing")
	next
}

/^(Commands|Examples?|Tables|Options of [a-z]*):$/ {
	begin("nothing")
	sub(/:$/, "")
	print ".SH " toupper(quoted($0))
	now = "heading"
	next
}

/^[^ ]/ && match($0, /Exit status: /) {
	if (RSTART > 1) {
		begin("paragraph")
		print quoted(substr($0, 1, RSTART - 1))
		$0 = substr($0, RSTART)
	}
	begin("nothing")
	print ".SH EXIT STATUS"
	now = "heading"
	sub(/^Exit status: /, "")
}

/^[^ ]/ {
	begin("paragraph")
	print quoted($0)
	next
}

{
	match($0, /^ */)
	indent = RLENGTH
	text = substr($0, indent + 1)
}

# Behind a term: what goes on of it, or a name below it.
now == "item" && indent >= column {
	if (indent > column)
		print ".br"
	print quoted(text)
	next
}

# A term and its meaning, with two blanks between them.
indent < 10 && match(text, /   */) {
	begin("item")
	column = indent + RSTART + RLENGTH - 1
	print ".TP\n.B " quoted(substr(text, 1, RSTART - 1))
	print quoted(substr(text, RSTART + RLENGTH))
	next
}

# A term as long as its column: one blank.
now == "item" && substr($0, column, 1) == " " {
	print ".TP\n.B " quoted(substr(text, 1, column - indent - 1))
	print quoted(substr($0, column + 1))
	next
}

# An option that needs no words.
text ~ /^-/ {
	begin("item")
	column = 10
	print ".TP\n.B " quoted(text)
	print "."
	next
}

{
	begin("literal")
	print quoted($0)
}

END {
	begin("nothing")
	print ".SH SEE ALSO"
	print ".BR sawatchd (8),\n.BR sawatch (1),\n.BR check_sawatch (1),\n.BR sawatch\\-sim (1),\n.BR sawatch.yml (5)"
}
