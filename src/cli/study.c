/* An analysis as a table and as JSON. */
#include "cli/study.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

/* ---- the table -------------------------------------------------------------------------------------------------- */

/* The ensemble that contributes most to an error. */
static const plaq_gamma_part *main_part(const plaq_uncertainty *u)
{
    const plaq_gamma_part *most = NULL;

    for (int k = 0; k < u->count; k++)
        if (!most || u->part[k].error > most->error) most = &u->part[k];
    return most;
}

static size_t configs_of(const plaq_uncertainty *u)
{
    size_t n = 0;

    for (int k = 0; k < u->count; k++) n += u->part[k].configs;
    return n;
}

/* What an entry is called: NAME, NAME.A0 of a fit, "3", "g5-g5, 3" below the array's name. */
static void entry_name(const plaq_made *made, size_t i, char *text, size_t n)
{
    if (made->apart)
        snprintf(text, n, "%s%s%s", made->name, i ? "." : "", i ? made->label[i] : "");
    else if (made->x)
        snprintf(text, n, "%g", made->x[i]);
    else if (made->label)
        snprintf(text, n, "%s", made->label[i]);
    else
        snprintf(text, n, "%zu", i);
}

/* value(error), unit, of a fit chi2/dof and p, tau_int, window, configurations: the cells of one entry. */
static void entry_cells(const plaq_made *made, size_t i, bool fits, char *text, size_t n)
{
    const plaq_uncertainty *u = &made->error[i];
    const plaq_gamma_part *part = main_part(u);
    char value[80], tau[80] = "", window[24] = "", configs[24] = "", fit[80] = "";

    plaq_number_text(u->value, u->error, made->systematic ? made->systematic[i] : 0, value, sizeof value);
    if (part && part->error > 0) {
        plaq_number_text(part->tau, part->tau_error, 0, tau, sizeof tau);
        snprintf(window, sizeof window, "%zu%s", part->window, part->bounded ? " !" : "");
    }
    if (part) snprintf(configs, sizeof configs, "%zu", configs_of(u));
    if (made->fitted && i == 0)
        snprintf(fit, sizeof fit, made->p < 0 ? "%.3g/%d\t\t" : "%.3g/%d\t%.2g\t", made->chi2, made->dof, made->p);
    else if (fits)
        snprintf(fit, sizeof fit, "\t\t");
    snprintf(text, n, "%s\t%s\t%s%s\t%s\t%s", value, plaq_made_unit(made, i), fit, tau, window, configs);
}

static plaq_status add_rows(plaq_table *rows, const plaq_made *made, bool fits)
{
    const bool array = made->status == PLAQ_OK && made->estimate.size > 1 && !made->apart;
    char name[200], cells[400];

    if (made->status != PLAQ_OK) return plaq_table_row(rows, "%s\t-\t\t%s\t\t", made->name, fits ? "\t\t" : "");
    if (array)
        return plaq_table_row(rows, "%s\t[%zu values]\t%s\t%s\t\t%zu", made->name, made->estimate.size,
                              plaq_made_unit(made, 0), fits ? "\t\t" : "", configs_of(&made->error[0]));
    for (size_t i = 0; i < made->estimate.size; i++) {
        entry_name(made, i, name, sizeof name);
        entry_cells(made, i, fits, cells, sizeof cells);
        PLAQ_TRY(plaq_table_row(rows, "%s\t%s", i ? name : made->name, cells));
    }
    return PLAQ_OK;
}

static plaq_status print_table(const plaq_study *study)
{
    plaq_table rows = {.rows = NULL};
    bool fits = false;
    plaq_status status;

    for (int i = 0; i < plaq_study_count(study); i++) fits |= plaq_study_made(study, i)->fitted;
    PLAQ_GO(
        plaq_table_row(&rows, "quantity\tvalue\tunit\t%stau_int\twindow\tconfigurations", fits ? "chi2/dof\tp\t" : ""));
    for (int i = 0; i < plaq_study_count(study); i++) PLAQ_GO(add_rows(&rows, plaq_study_made(study, i), fits));
    plaq_table_print(&rows);
done:
    plaq_table_clear(&rows);
    return status;
}

/* All entries of an array. */
static plaq_status print_entries(const plaq_made *made)
{
    plaq_table rows = {.rows = NULL};
    plaq_status status;

    printf("\n%s", made->name);
    printf(*plaq_made_unit(made, 0) ? " [%s]\n" : "\n", plaq_made_unit(made, 0));
    PLAQ_GO(plaq_table_row(&rows, "%s\tvalue\ttau_int\twindow\tconfigurations", made->x ? made->x_name : "entry"));
    for (size_t i = 0; i < made->estimate.size; i++) {
        char name[200], value[80], tau[80] = "-";
        const plaq_uncertainty *u = &made->error[i];
        const plaq_gamma_part *part = main_part(u);

        entry_name(made, i, name, sizeof name);
        plaq_number_text(u->value, u->error, made->systematic ? made->systematic[i] : 0, value, sizeof value);
        if (part) plaq_number_text(part->tau, part->tau_error, 0, tau, sizeof tau);
        PLAQ_GO(
            plaq_table_row(&rows, "%s\t%s\t%s\t%zu\t%zu", name, value, tau, part ? part->window : 0, configs_of(u)));
    }
    plaq_table_print(&rows);
done:
    plaq_table_clear(&rows);
    return status;
}

static void print_notes(const plaq_study *study)
{
    char *const *note;
    const int n = plaq_study_notes(study, &note);
    char line[2048];

    for (int i = 0; i < plaq_study_count(study); i++) {
        const plaq_made *made = plaq_study_made(study, i);

        if (made->status == PLAQ_OK) continue;
        snprintf(line, sizeof line, "%s could not be made: %s", made->name, made->message);
        plaq_print_wrapped(line, 2);
    }
    for (int i = 0; i < n; i++) {
        snprintf(line, sizeof line, "note: %s", note[i]);
        plaq_print_wrapped(line, 2);
    }
}

plaq_status plaq_study_print(const plaq_study *study, bool entries)
{
    PLAQ_TRY(print_table(study));
    for (int i = 0; entries && i < plaq_study_count(study); i++) {
        const plaq_made *made = plaq_study_made(study, i);

        if (made->status == PLAQ_OK && made->estimate.size > 1 && !made->apart) PLAQ_TRY(print_entries(made));
    }
    printf("\nerrors: %s\n", plaq_study_method(study));
    print_notes(study);
    return PLAQ_OK;
}

/* ---- JSON ------------------------------------------------------------------------------------------------------- */

static cJSON *part_json(const plaq_gamma_part *part)
{
    cJSON *item = cJSON_CreateObject();

    plaq_json_text(item, "ensemble", part->ensemble);
    plaq_json_int(item, "configurations", (int64_t)part->configs);
    plaq_json_int(item, "replica", part->replica);
    plaq_json_int(item, "spacing", part->spacing);
    plaq_json_real(item, "error", part->error);
    plaq_json_real(item, "error_error", part->error_error);
    plaq_json_real(item, "tau_int", part->tau);
    plaq_json_real(item, "tau_int_error", part->tau_error);
    plaq_json_int(item, "window", (int64_t)part->window);
    plaq_json_bool(item, "bounded", part->bounded);
    plaq_json_real(item, "q", part->q);
    return item;
}

static cJSON *entry_json(const plaq_made *made, size_t i)
{
    const plaq_uncertainty *u = &made->error[i];
    cJSON *item = cJSON_CreateObject(), *parts = cJSON_CreateArray();
    char text[80];

    plaq_number_text(u->value, u->error, made->systematic ? made->systematic[i] : 0, text, sizeof text);
    if (made->label) plaq_json_text(item, "label", made->label[i]);
    if (made->x) plaq_json_real(item, "x", made->x[i]);
    plaq_json_text(item, "text", text);
    plaq_json_real(item, "value", u->value);
    plaq_json_real(item, "error", u->error);
    plaq_json_real(item, "error_error", u->error_error);
    if (made->systematic) plaq_json_real(item, "systematic", made->systematic[i]);
    plaq_json_real(item, "tau_int", u->tau);
    plaq_json_real(item, "tau_int_error", u->tau_error);
    plaq_json_int(item, "configurations", (int64_t)configs_of(u));
    for (int k = 0; k < u->count; k++) plaq_json_add(parts, NULL, part_json(&u->part[k]));
    plaq_json_add(item, "ensembles", parts);
    return item;
}

static cJSON *scan_json(const plaq_scanned *one)
{
    cJSON *item = cJSON_CreateObject();

    plaq_json_int(item, "first", one->first);
    plaq_json_int(item, "last", one->last);
    plaq_json_int(item, "states", one->states);
    plaq_json_real(item, "value", one->value);
    plaq_json_real(item, "error", one->error);
    plaq_json_real(item, "chi2", one->chi2);
    plaq_json_int(item, "dof", one->dof);
    plaq_json_real(item, "p", one->p < 0 ? NAN : one->p);
    plaq_json_real(item, "weight", one->weight);
    return item;
}

static cJSON *made_json(const plaq_made *made)
{
    cJSON *item = cJSON_CreateObject(), *entries = cJSON_CreateArray();

    plaq_json_text(item, "name", made->name);
    plaq_json_text(item, "step", made->step);
    plaq_json_text(item, "status", plaq_status_word(made->status));
    plaq_json_text(item, "message", made->message);
    if (made->status == PLAQ_OK) {
        plaq_json_text(item, "unit", made->unit);
        plaq_json_text(item, "doc", made->doc);
        if (made->x) plaq_json_text(item, "axis", made->x_name);
        for (size_t i = 0; i < made->estimate.size; i++) plaq_json_add(entries, NULL, entry_json(made, i));
        if (made->fitted) {
            plaq_json_real(item, "chi2", made->chi2);
            plaq_json_int(item, "dof", made->dof);
            plaq_json_real(item, "p", made->p < 0 ? NAN : made->p); /* null */
        }
    }
    plaq_json_add(item, "entries", entries);
    if (made->scans > 0) {
        cJSON *scan = cJSON_CreateArray();

        for (int k = 0; k < made->scans; k++) plaq_json_add(scan, NULL, scan_json(&made->scan[k]));
        plaq_json_add(item, "scan", scan);
    }
    return item;
}

plaq_status plaq_study_print_json(const plaq_study *study)
{
    cJSON *all = cJSON_CreateObject(), *quantities = cJSON_CreateArray(), *notes = cJSON_CreateArray();
    char *const *note;
    const int n = plaq_study_notes(study, &note);

    plaq_json_text(all, "method", plaq_study_method(study));
    for (int i = 0; i < plaq_study_count(study); i++)
        plaq_json_add(quantities, NULL, made_json(plaq_study_made(study, i)));
    for (int i = 0; i < n; i++) plaq_json_add(notes, NULL, cJSON_CreateString(note[i]));
    plaq_json_add(all, "quantities", quantities);
    plaq_json_add(all, "notes", notes);
    return plaq_json_print(all, true);
}
