# sawatch.yml(5), of what `sawatchd --config-reference` prints: "  key: <kind>  # help", nested by two blanks.
function quoted(text) {
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	gsub(/"/, "\\(dq", text)
	return text ~ /^[.']/ ? "\\\&" text : text
}

BEGIN {
	printf ".TH SAWATCH.YML 5 \"%s\" \"Sawatch %s\"\n.SH NAME\nsawatch.yml \\- the configuration of Sawatch\n.SH DESCRIPTION\n", date, version
	print "YAML that"
	print ".BR sawatchd (8)\nand\n.BR sawatch (1)\nread."
	print "Secrets are never written into it: a key that ends in _file names a file with the secret in its first line (mode 0600 or 0640),"
	print "one that ends in _env an environment variable. Relative paths begin at the folder of the file."
	print "\\(lqsawatchd \\-\\-check\\-config FILE\\(rq says what is wrong with one, with the line."
	print ".SH KEYS"
	depth = 0
}

{
	match($0, /^ */)
	level = RLENGTH / 2
	for (; depth < level; depth++)
		print ".RS"
	for (; depth > level; depth--)
		print ".RE"
	at = index($0, "  # ")
	print ".TP\n.B " quoted(substr($0, RLENGTH + 1, at - RLENGTH - 1))
	print quoted(substr($0, at + 4))
}

END {
	for (; depth > 0; depth--)
		print ".RE"
	print ".SH EXAMPLE\n.nf"
	while ((getline line < example) > 0)
		print quoted(line)
	print ".fi\n.SH SEE ALSO\n.BR sawatchd (8),\n.BR sawatch (1)"
}
