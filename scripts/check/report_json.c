/*
 * report_json.c - the report for programs.  greenrun(1) documents it, under
 * JSON: members may be added, and keep their meaning.
 */
#include "json.h"
#include "report.h"

#define SCHEMA 1

/* door: which of the two ways into libc catches it.  wait: where it waits. */
static const struct {
	const char *door, *wait;
} ways[WAYS] = {
	[WAY_PARK] = { "symbols", "event-loop" },
	[WAY_HOP] = { "symbols", "pool" },
	[WAY_DOOR] = { "libc", "event-loop" },
	[WAY_BRIEF] = { NULL, "in-place" },
	[WAY_HANDOFF] = { NULL, "hand-off" },
};

static const char *const results[] = {
	[RESULT_GOOD] = "greenable",
	[RESULT_LIMITS] = "limits",
	[RESULT_NO] = "not-greenable",
};

static void write_import(const struct report *r, const struct import *i)
{
	enum way way = i->way;

	/* The libc door is shut, so the wait is in place. */
	if (way == WAY_DOOR && !r->features[FEATURE_LIBC_DOOR].found)
		way = WAY_HANDOFF;
	json_object(NULL);
	json_string("symbol", i->name);
	json_string("door", ways[way].door);
	json_string("wait", ways[way].wait);
	json_end();
}

static void write_system_calls(const struct raw_sites *raw)
{
	size_t i;

	json_object("system_calls");
	json_number("count", (long)raw->count);
	json_array("sites");
	for (i = 0; i < raw->kept; i++) {
		const struct raw_site *site = &raw->list[i];

		json_object(NULL);
		json_number("address", (long)site->address);
		if (site->number >= 0)
			json_number("number", site->number);
		else
			json_string("number", NULL);
		json_string("name", raw_name(site->number));
		json_end();
	}
	json_end();
	json_end();
}

static void write_module(const struct report *r, const struct module *m)
{
	size_t i;

	json_object(NULL);
	json_string("name", m->name);
	json_string("file", m->elf.path);
	json_string("needed_by", m->parent ? module_label(m->parent) : NULL);
	json_string("problem", m->problem);
	json_bool("makes_threads", m->makes_threads);
	json_bool("loads_more", m->loads_more);
	json_array("waits");
	for (i = 0; i < m->imports_count; i++)
		write_import(r, &m->imports[i]);
	json_end();
	write_system_calls(&m->raw);
	json_end();
}

static void write_findings(const char *name, const struct findings *f)
{
	size_t i;

	json_array(name);
	for (i = 0; i < f->count; i++) {
		json_object(NULL);
		json_string("kind", f->list[i].kind);
		json_string("module",
			    f->list[i].in ? module_label(f->list[i].in) : NULL);
		json_string("text", f->list[i].text);
		json_end();
	}
	json_end();
}

static void write_features(const struct report *r)
{
	int i;

	json_array("features");
	for (i = 0; i < FEATURES; i++) {
		json_object(NULL);
		json_string("name", r->features[i].name);
		json_bool("found", r->features[i].found);
		json_string("use", r->features[i].use);
		json_end();
	}
	json_end();
}

static void number_or_null(const char *name, long value)
{
	if (value >= 0)
		json_number(name, value);
	else
		json_string(name, NULL);
}

static void write_ceilings(const struct ceilings *c)
{
	json_object("ceilings");
	number_or_null("descriptors", c->descriptors);
	number_or_null("descriptors_hard", c->descriptors_hard);
	number_or_null("mappings", c->mappings);
	number_or_null("address_space", c->address_space);
	json_number("stack", c->stack);
	json_bool("strict_memory", c->strict_memory);
	json_end();
}

static void write_program(const struct report *r)
{
	const struct module *libc = modules_libc(&r->modules);
	int i;

	json_string("program", r->program);
	json_array("scripts");
	for (i = 0; i < r->scripts_count; i++)
		json_string(NULL, r->scripts[i]);
	json_end();
	json_string("file", r->file);
	json_string("machine", r->machine);
	json_string("privileges", r->privileges);
	json_string("loader", r->loader);
	json_string("libc", libc ? libc->elf.path : NULL);
	json_string("libc_version", *r->libc_version ? r->libc_version : NULL);
	json_string("library", r->library);
	json_bool("raw", r->raw);
}

void report_json(const struct report *r)
{
	size_t i;

	json_object(NULL);
	json_number("schema", SCHEMA);
	json_string("result", results[r->result]);
	json_number("status", r->result);
	json_string("reason", r->reason);
	write_findings("limits", &r->limits);
	write_findings("notes", &r->notes);
	write_program(r);
	json_array("modules");
	for (i = 0; i < r->modules.count; i++)
		if (report_shows(r->modules.list[i]))
			write_module(r, r->modules.list[i]);
	json_end();
	write_features(r);
	write_ceilings(&r->ceilings);
	json_end();
}
