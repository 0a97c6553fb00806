/** @file
 * Configurations in and out, in every format we know, propagators, and result files. Rooms: io/gauge, io/store.
 *
 * A format is one file in io/gauge that ends in one descriptor (io/gauge/format.h). A file's format is recognised by
 * its content, never by name or option. Links in all interfaces: [T][Z][Y][X][mu = x y z t][row][column][re, im].
 */
#ifndef PLAQ_IO_H
#define PLAQ_IO_H

#include "plaq/lattice.h"

/* ---- configurations ---------------------------------------------------------------------------------------- */

/** What the header of a configuration says. Members a format has no word for keep their "unknown" value. */
typedef struct {
    char format[16];        /**< "ILDG", "SciDAC", "NERSC", "MILC", "plaq HDF5", ...; "": not opened. openQCD's may turn
                                 out to be "DDalphaAMG" when the links are read: their headers are the same */
    int dims[4];            /**< X, Y, Z, T; 0: not in the file, the user must say */
    plaq_prec prec;         /**< of the numbers in the file */
    bool little;            /**< their byte order */
    int rows;               /**< rows of a link stored: 3 or 2 */
    double plaquette;       /**< (1/3) Re tr; NaN: unknown */
    double link_trace;      /**< (1/3) Re tr; NaN: unknown */
    char checksum_kind[16]; /**< "scidac", "nersc", "milc", "crc32", ...; "" where none is stored */
    char checksum[40];      /**< as stored, as the data README prints it ("a2c41090/11193c39"); "" */
    int64_t bytes;          /**< of the file */
    char note[256];         /**< what a user should know ("no ildg-format record: give dims"); "" */
} plaq_config_header;

/** An open configuration: the header read, the links still in the file. */
typedef struct plaq_config plaq_config;

/**
 * Opens a file, recognises its format by content and reads the header. PLAQ_E_DATA where no format knows it, it is
 * truncated, or it is of another gauge group; PLAQ_E_IO where it cannot be read. Collective.
 *
 * @param dims  extents to take where the file has none (else they must agree), or NULL
 */
PLAQ_MUST_USE plaq_status plaq_config_open(const plaq_comm *comm, const char *path, const int dims[4],
                                           plaq_config **config);

/**
 * The same for a file without a header, whose links lie as the user says; "" where it has one. Words by blanks:
 *
 *     order=mu,t,z,y,x,row,col    axes of the file, slowest first; the last two are row,col or col,row
 *     directions=x,y,z,t          which directions mu counts
 *     precision=f64|f32  endian=little|big
 *     skip=0                      bytes before the first link
 *
 * PLAQ_E_USAGE where they are not right, PLAQ_E_DATA where the file's size is not that. Collective.
 */
PLAQ_MUST_USE plaq_status plaq_config_open_raw(const plaq_comm *comm, const char *path, const int dims[4],
                                               const char *raw, plaq_config **config);

/** Whether such words are right, before there is a file: PLAQ_E_USAGE where they are not. Local. */
PLAQ_MUST_USE plaq_status plaq_raw_check(const char *raw);

/** What the help says of a parameter with such words. */
#define PLAQ_RAW_DOC "how links lie in files without a header: \"order=mu,t,z,y,x,row,col precision=f64 endian=little\""

void plaq_config_close(plaq_config **config);
const plaq_config_header *plaq_config_get_header(const plaq_config *config);

/** What reading found. */
typedef struct {
    char checksum[40]; /**< computed from the data, as the header has it; "" where the format has none */
    bool checksum_ok;  /**< true also where none is stored */
    double seconds;    /**< spent reading, verifying and distributing */
} plaq_config_report;

/**
 * Reads the links into a field of 72 reals on a lattice of the file's extents, and computes the checksum. A mismatch
 * is not a failure here: the caller looks at the report. Third rows are rebuilt where two are stored. Collective.
 */
PLAQ_MUST_USE plaq_status plaq_config_read(plaq_config *config, plaq_field *links, plaq_config_report *report);

/** What goes into the header of a written file. */
typedef struct {
    double plaquette, link_trace; /**< (1/3) Re tr, computed by the caller */
    const char *ensemble;         /**< name; "" */
    int64_t number;               /**< of the configuration in its chain; -1: none */
    const char *history;          /**< free text, one line or more: how it came to be; "" */
} plaq_config_facts;

/**
 * Writes links aside, flushed, and renamed to @p path: what exists is whole. Collective.
 *
 * @param format  "hdf5", "ildg", "nersc", "milc", "openqcd", "bridge": a descriptor's key that can write
 * @param prec    of the numbers in the file; MILC knows single alone, openQCD and Bridge++ double alone
 */
PLAQ_MUST_USE plaq_status plaq_config_write(plaq_field *links, const char *path, const char *format, plaq_prec prec,
                                            const plaq_config_facts *facts);

/** Keys of the formats that can be written, "bridge|hdf5|ildg|..."; and the table of all formats for `plaq list`. */
const char *plaq_config_writable(void);
size_t plaq_format_count(void);
void plaq_format_describe(size_t i, const char **key, const char **name, const char **doc, bool *writes);

/* ---- propagators ----------------------------------------------------------------------------------------------- */

/** What a file says of the propagator in it. Texts are free; "" where nothing is known. */
typedef struct {
    char source[64]; /**< kind: "point", "wall", ... */
    char source_parameters[2048];
    int at[4];       /**< where the source is; at[0] below 0: unknown */
    char action[64]; /**< "wilson", "clover", ... */
    char action_parameters[2048];
    char configuration[512]; /**< what it was solved on: its file, format and checksum */
    char key[65];            /**< of all that the numbers depend on, as who wrote it counts; "" */
    const double *residual;  /**< [columns]: relative, of each column; NULL: unknown */
} plaq_propagator_facts;

/** What the header of a propagator says. */
typedef struct {
    char format[16];             /**< "plaq HDF5", "SciDAC", "USQCD", "QDP++ HDF5" */
    int dims[4];                 /**< X, Y, Z, T */
    plaq_prec prec;              /**< of the numbers in the file */
    int columns;                 /**< 12 of a propagator; in our own format and USQCD's, any number */
    char checksum[40];           /**< SciDAC's, as stored, of the first record; "" where there is none */
    int64_t bytes;               /**< of the file */
    char creator[64];            /**< "plaq 0.1.0 (3f2a9c1d0b7e)"; "" */
    char note[256];              /**< what a user should know; "" */
    plaq_propagator_facts facts; /**< the residuals belong to the open propagator */
} plaq_propagator_header;

/** An open propagator: the header read, the numbers still in the file. */
typedef struct plaq_propagator plaq_propagator;

/** Opens a file and reads its header; the format is recognised by content. PLAQ_E_DATA where no format knows it, it is
 * damaged, or it holds something else. Collective. */
PLAQ_MUST_USE plaq_status plaq_propagator_open(const plaq_comm *comm, const char *path, plaq_propagator **propagator);
void plaq_propagator_close(plaq_propagator **propagator);
const plaq_propagator_header *plaq_propagator_get_header(const plaq_propagator *propagator);

/** Reads all columns of the file into columns @p first and on of a field of spinors on all sites of a lattice of the
 * file's extents. PLAQ_E_DATA where a checksum is stored and does not agree. Collective. */
PLAQ_MUST_USE plaq_status plaq_propagator_read(plaq_propagator *propagator, plaq_columns *f, int first);

/**
 * Writes columns of a field of spinors aside, flushed, and renamed to @p path: what exists is whole. Equal columns and
 * facts make equal files, on any number of ranks. Collective.
 *
 * @param first, count  which columns; other programs' formats hold 12, column 3 spin + colour of the source
 * @param format        "hdf5": our own; "qio": Chroma's, in LIME; "qdpxx": Chroma's, in HDF5
 * @param prec          of the numbers in the file
 */
PLAQ_MUST_USE plaq_status plaq_propagator_write(plaq_columns *f, int first, int count, const char *path,
                                                const char *format, plaq_prec prec, const plaq_propagator_facts *facts);

/** Keys of the formats, "hdf5|qio|qdpxx". */
const char *plaq_propagator_formats(void);

/** Bytes of a file on disk, at most; 64 KiB of them are room for the header. Pure. */
int64_t plaq_propagator_bytes(const int dims[4], int columns, plaq_prec prec);

/* ---- results ------------------------------------------------------------------------------------------------- */

/** One measurement of one configuration, as it stands in a result file: a group with its arrays. */
typedef struct {
    char name[64]; /**< of the group */
    char observable[64];
    /** SHA-256 over observable, its version, parameters, derivation and configuration: equal key, equal numbers */
    char key[65];
    char *parameters;              /**< resolved, one "name: value" a line; owned */
    char links[64];                /**< name of the gauge field in the run file */
    char *derivation;              /**< how it was made from the links that were read; "" of those; owned */
    const char *reference, *brief; /**< borrowed */
    int count;
    plaq_array *arrays; /**< [count]; owned */
    double seconds;     /**< spent */
} plaq_result;

void plaq_result_clear(plaq_result *result);

/** A text or number that stands beside the measurements: an attribute of /provenance, or of /provenance/run. */
typedef struct {
    const char *name;
    const char *text; /**< or NULL: the number */
    double number;
    bool volatile_; /**< differs from run to run (times, hosts): goes to /provenance/run */
} plaq_fact;

/**
 * Writes a result file aside, flushed, read back and renamed: measurements of @p results, after those of the file
 * that is already at @p path whose name is not among them. One rank alone. Local.
 */
PLAQ_MUST_USE plaq_status plaq_store_write(const char *path, const plaq_result results[], int n,
                                           const plaq_fact facts[], int n_facts);

/** Names and keys of the measurements in a result file; @p *names is [n][2] strings {name, key}, freed as one block
 * by plaq_free. PLAQ_E_DATA where the file is not a whole result file. Local. */
PLAQ_MUST_USE plaq_status plaq_store_list(const char *path, char (**names)[2][72], int *n);

/** One fact of /provenance as text ("" where there is none). Local. */
PLAQ_MUST_USE plaq_status plaq_store_fact(const char *path, const char *name, char *text, size_t n);

/** A dataset "measurement/output" as doubles (complex: pairs); @p *values is the caller's. Local. */
PLAQ_MUST_USE plaq_status plaq_store_read(const char *path, const char *measurement, const char *output,
                                          double **values, int *rank, int shape[PLAQ_AXES_MAX], bool *is_complex);

/** A line that says which HDF5 this is ("HDF5 1.10.8"). Local. */
const char *plaq_store_library(void);

/** Switches HDF5's own printing off: its words go into our messages. Local; once, from main. */
void plaq_store_start(void);

#endif
