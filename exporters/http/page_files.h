/* The files of exporters/http/page/ as the build compiles them in (exporters/http/embed). */
#ifndef SAWATCH_EXPORTERS_HTTP_PAGE_FILES_H
#define SAWATCH_EXPORTERS_HTTP_PAGE_FILES_H

#include <stddef.h>

extern const unsigned char saw_page_html[], saw_page_js[], saw_page_css[], saw_page_icon[];
extern const size_t saw_page_html_len, saw_page_js_len, saw_page_css_len, saw_page_icon_len;

#endif
