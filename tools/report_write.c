/* Reports to files: a file appears whole or not at all. */
#include "tools/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX ((size_t)4 << 30)

const char *const saw_report_form_names[SAW_REPORT_FORMS] = {
	[SAW_REPORT_TEXT] = "text", [SAW_REPORT_HTML] = "html", [SAW_REPORT_CSV] = "csv", [SAW_REPORT_JSON] = "json"};

static int write_all(int fd, const struct saw_buf *b) {
	for (size_t done = 0; done < b->len;) {
		const ssize_t n = write(fd, b->data + done, b->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return 0;
}

static int write_file(const char *path, const struct saw_buf *b, struct saw_err *err) {
	char part[4200];
	int fd, rc = saw_buf_error(b);

	if (rc)
		return saw_err_set(err, rc, "%s: %s", path, saw_strerror(rc));
	snprintf(part, sizeof part, "%.4100s.part%ld", path, (long)getpid());
	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return saw_err_set(err, -errno, "%s: %s", path, strerror(errno));
	rc = write_all(fd, b);
	if (close(fd) != 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && rename(part, path) != 0)
		rc = -errno;
	if (rc)
		unlink(part);
	return rc ? saw_err_set(err, rc, "%s: %s", path, saw_strerror(rc)) : 0;
}

static void print(const Sawatch__V1__Report *r, enum saw_report_form form, const struct saw_report_print *p,
				  struct saw_buf *b) {
	switch (form) {
	case SAW_REPORT_HTML:
		saw_report_html(r, p, b);
		break;
	case SAW_REPORT_CSV:
		saw_report_csv(r, b);
		break;
	case SAW_REPORT_JSON:
		saw_report_json(r, p, b);
		break;
	default:
		saw_report_text(r, p, b);
	}
}

static int write_pages(const Sawatch__V1__Report *r, const char *folder, struct saw_buf *b, struct saw_err *err) {
	Sawatch__V1__ReportRow *const *const lists[] = {r->circuits, r->rows};
	const size_t n[] = {r->n_circuits, r->n_rows};
	int rc = 0;

	for (int k = 0; k < 2; k++)
		for (size_t i = 0; rc == 0 && i < n[k]; i++) {
			char path[4096], name[64];

			saw_buf_reset(b);
			saw_report_html_row(r, lists[k][i], "index.html", b);
			snprintf(path, sizeof path, "%.4000s/%s", folder, saw_report_page_name(lists[k][i], i, name));
			rc = write_file(path, b, err);
		}
	return rc;
}

static int make_folder(const char *path, struct saw_err *err) {
	char part[4096];
	const size_t n = strlen(path);

	if (n >= sizeof part)
		return saw_err_set(err, -ENAMETOOLONG, "%s: %s", path, strerror(ENAMETOOLONG));
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != 0)
			continue;
		memcpy(part, path, i);
		part[i] = 0;
		if (mkdir(part, 0777) != 0 && errno != EEXIST)
			return saw_err_set(err, -errno, "%s: %s", part, strerror(errno));
	}
	return 0;
}

static int write_folder(const Sawatch__V1__Report *r, const struct saw_report_print *p, const char *folder,
						struct saw_err *err) {
	static const struct {
		enum saw_report_form form;
		const char *name;
	} files[] = {{SAW_REPORT_HTML, "index.html"},
				 {SAW_REPORT_CSV, "capacity.csv"},
				 {SAW_REPORT_TEXT, "capacity.txt"},
				 {SAW_REPORT_JSON, "capacity.json"}}; /* JSON last: it leaves the pictures out */
	struct saw_report_print of_folder = *p;
	struct saw_buf b = SAW_BUF_INIT(TEXT_MAX);
	int rc = make_folder(folder, err);

	of_folder.folder = true;
	of_folder.colour = false;
	rc = rc ? rc : write_pages(r, folder, &b, err);
	for (size_t i = 0; rc == 0 && i < sizeof files / sizeof files[0]; i++) {
		char path[4096];

		saw_buf_reset(&b);
		print(r, files[i].form, &of_folder, &b);
		snprintf(path, sizeof path, "%.4000s/%s", folder, files[i].name);
		rc = write_file(path, &b, err);
	}
	saw_buf_free(&b);
	return rc;
}

static bool is_folder(const char *path) {
	const size_t n = strlen(path);
	struct stat st;

	return (n && path[n - 1] == '/') || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

int saw_report_write(const Sawatch__V1__Report *r, enum saw_report_form form, const struct saw_report_print *p,
					 const char *output, struct saw_err *err) {
	struct saw_buf b = SAW_BUF_INIT(TEXT_MAX);
	int rc;

	if (output && is_folder(output))
		return write_folder(r, p, output, err);
	print(r, form, p, &b);
	if (output)
		rc = write_file(output, &b, err);
	else if ((rc = saw_buf_error(&b)) != 0 || (rc = write_all(STDOUT_FILENO, &b)) != 0)
		rc = saw_err_set(err, rc, "the report: %s", saw_strerror(rc));
	saw_buf_free(&b);
	return rc;
}
