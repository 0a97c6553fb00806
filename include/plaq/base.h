/** @file
 * What every room stands on: status and messages, memory, the log, the clock, files, checksums,
 * random numbers, and the tables that describe parameters and outputs. Room: base.
 *
 * Everything here is Local: no function waits for another rank.
 */
#ifndef PLAQ_BASE_H
#define PLAQ_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PLAQ_VERSION             "0.1.0"
#define PLAQ_MUST_USE            __attribute__((warn_unused_result))
#define PLAQ_PRINTF(words, args) __attribute__((format(printf, words, args)))

const char *plaq_commit(void);   /**< of the source this was built from ("3f2a9c1d0b7e", "-dirty" when changed) */
const char *plaq_compiler(void); /**< that built it ("gcc 12.2.0") */

/* ---- status and messages ---------------------------------------------------------------------------- */

/** What a function came to, and what the user can do about it. The numbers are the program's exit codes. */
typedef enum {
    PLAQ_OK = 0,
    PLAQ_DIFFERENT = 1,     /**< no failure: what was compared is not the same, as diff and cmp say it */
    PLAQ_E_USAGE = 2,       /**< the command line or the run file: correct it */
    PLAQ_E_DATA = 3,        /**< a configuration or result is damaged or foreign: replace it */
    PLAQ_E_IO = 4,          /**< the file system or the environment said no */
    PLAQ_E_CONVERGENCE = 5, /**< an iteration did not converge: change its parameters */
    PLAQ_E_MEMORY = 6,      /**< not enough memory: more ranks or nodes */
    PLAQ_E_INTERNAL = 70,   /**< a defect of plaq: report it */
    PLAQ_E_STOPPED = 75     /**< stopped early on request: the same command goes on */
} plaq_status;

/** One word for a status: "ok", "usage", "data", "I/O", ... */
const char *plaq_status_word(plaq_status status);

/**
 * Words the cause of a failure where it is known, and returns @p status. A message begins lower case, names the
 * file or parameter, and gives the number it saw and the one it expected. Not for use inside a parallel region.
 */
plaq_status plaq_fail(plaq_status status, const char *format, ...) PLAQ_PRINTF(2, 3);

/** Puts what only the caller knows before the message of a failure ("note: message"); returns @p status. */
plaq_status plaq_note(plaq_status status, const char *format, ...) PLAQ_PRINTF(2, 3);

/** The message of the last failure; "" where there is none. */
const char *plaq_message(void);

/** Replaces the message as a whole (how ranks take over another rank's words). */
void plaq_message_set(const char *message);

/** Returns from the function where @p call fails. */
#define PLAQ_TRY(call)                              \
    do {                                            \
        plaq_status plaq_try_ = (call);             \
        if (plaq_try_ != PLAQ_OK) return plaq_try_; \
    } while (0)

/** Goes to label `done` with `status` set where @p call fails. */
#define PLAQ_GO(call)                     \
    do {                                  \
        status = (call);                  \
        if (status != PLAQ_OK) goto done; \
    } while (0)

/* ---- memory ------------------------------------------------------------------------------------------ */

/**
 * Zeroed memory for @p count objects of @p size bytes, aligned to 64 bytes, to 2 MiB with huge pages advised where
 * it is large. NULL with the message set where there is none (the caller returns PLAQ_E_MEMORY).
 */
void *plaq_alloc(size_t count, size_t size) __attribute__((malloc, alloc_size(1, 2)));

/** A copy of a string, by plaq_alloc; NULL where there is no memory. */
char *plaq_strdup(const char *text);

/** printf into a new string, by plaq_alloc; NULL where there is no memory. */
char *plaq_strprintf(const char *format, ...) PLAQ_PRINTF(1, 2);

/** Frees what plaq_alloc gave; does nothing where it is NULL. */
void plaq_free(void *memory);

/** Blocks now allocated, and the bytes in them: both must be zero at the end. */
size_t plaq_alloc_blocks(void);
size_t plaq_alloc_bytes(void);

/** Counts memory that was got, or given back (negative), in another way. */
void plaq_alloc_count(int blocks, int64_t bytes);

/**
 * A point at which a test can make an allocation or a file operation fail. True when the fault armed by
 * plaq_fault_arm() is due. Environment: `PLAQ_FAULT=n[@rank]` arms the n-th fault point of a rank (default 0).
 */
bool plaq_fault(void);
void plaq_fault_arm(long n); /**< the n-th fault point from now fails; 0: none */
long plaq_fault_left(void);  /**< fault points still to pass until the armed one; 0: it came, or none was armed */

/* ---- threads ----------------------------------------------------------------------------------------- */

int plaq_threads(void); /**< threads of the next parallel region (OpenMP) */
int plaq_thread(void);  /**< which of them this is, inside of one; 0 outside */
void plaq_threads_set(int n);

/* ---- log, clock ---------------------------------------------------------------------------------------- */

typedef enum { PLAQ_LOG_ERROR, PLAQ_LOG_WARN, PLAQ_LOG_INFO, PLAQ_LOG_DEBUG } plaq_log_level;

/** One line to stderr from rank 0 ("warning: ..."), where the level is not above the one set. */
void plaq_log(plaq_log_level level, const char *format, ...) PLAQ_PRINTF(2, 3);

/** One line to stderr from this rank whichever it is, with its number. */
void plaq_log_any(plaq_log_level level, const char *format, ...) PLAQ_PRINTF(2, 3);

void plaq_log_set(plaq_log_level level, int rank); /**< what is shown, and which rank this is */
void plaq_log_as(const char *prefix, int rank);    /**< what its lines begin with ("team 2: "), and its rank there */

/** Seconds of a monotonic clock. */
double plaq_now(void);

/* ---- files --------------------------------------------------------------------------------------------- */

/** A file opened by its descriptor; each operation is a fault point and words its failure with the path. */
typedef struct {
    int fd; /**< -1: closed */
    char path[4096];
} plaq_file;

/* clang-format off */
#define PLAQ_FILE_CLOSED {.fd = -1}
/* clang-format on */

PLAQ_MUST_USE plaq_status plaq_file_open(plaq_file *file, const char *path);   /**< for reading */
PLAQ_MUST_USE plaq_status plaq_file_create(plaq_file *file, const char *path); /**< read and write, truncated */
PLAQ_MUST_USE plaq_status plaq_file_update(plaq_file *file, const char *path); /**< read and write, must exist */
PLAQ_MUST_USE plaq_status plaq_file_size(const plaq_file *file, int64_t *bytes);

/** Reads exactly @p n bytes at @p offset; a short file is PLAQ_E_DATA. */
PLAQ_MUST_USE plaq_status plaq_file_read(const plaq_file *file, int64_t offset, void *bytes, size_t n);
/** Reads up to @p n bytes; @p *got is fewer only at the end of the file. */
PLAQ_MUST_USE plaq_status plaq_file_peek(const plaq_file *file, int64_t offset, void *bytes, size_t n, size_t *got);
PLAQ_MUST_USE plaq_status plaq_file_write(const plaq_file *file, int64_t offset, const void *bytes, size_t n);
/** Makes room for @p bytes, so that a full disk shows before the work; does nothing where the file system cannot. */
PLAQ_MUST_USE plaq_status plaq_file_reserve(const plaq_file *file, int64_t bytes);
PLAQ_MUST_USE plaq_status plaq_file_sync(const plaq_file *file); /**< to stable storage */
PLAQ_MUST_USE plaq_status plaq_file_close(plaq_file *file);      /**< does nothing where it is closed */

/** Asks the system to read a file into memory ahead of its use; that it cannot is no failure. */
void plaq_file_ask(const char *path);

/** The name a file has while it is written: ".<name>.part" in its folder. */
PLAQ_MUST_USE plaq_status plaq_path_aside(const char *path, char aside[4096]);
/** Renames within a folder and syncs the folder: afterwards the new name is there, whole, or the old one is. */
PLAQ_MUST_USE plaq_status plaq_path_publish(const char *aside, const char *final);
PLAQ_MUST_USE plaq_status plaq_path_make_folder(const char *path); /**< with its parents; fine where it exists */
bool plaq_path_exists(const char *path);
const char *plaq_path_base(const char *path); /**< what follows the last slash */
void plaq_path_remove(const char *path);      /**< fine where it does not exist */

/** Reads a whole file of at most @p most bytes; *text is NUL-terminated and the caller's to plaq_free. */
PLAQ_MUST_USE plaq_status plaq_file_slurp(const char *path, size_t most, char **text, size_t *n);

/* ---- checksums ----------------------------------------------------------------------------------------- */

/** CRC-32 (ISO 3309, as zlib's), continued from @p crc; start with 0. */
uint32_t plaq_crc32(uint32_t crc, const void *bytes, size_t n);

/** CRC-32 of each of @p n records of @p size bytes that follow each other. */
void plaq_crc32_each(const void *bytes, size_t size, size_t n, uint32_t crc[]);

/** SHA-256 as 64 hexadecimal digits and a NUL. */
void plaq_sha256(const void *bytes, size_t n, char hex[65]);

/** Rotates left by @p n in 0..31. */
static inline uint32_t plaq_rotate_left(uint32_t x, unsigned n)
{
    return n ? x << n | x >> (32 - n) : x;
}

/** Swaps the bytes of @p n words of @p size 4 or 8 in place. */
void plaq_byte_swap(void *words, size_t size, size_t n);
bool plaq_host_is_little(void);

/* ---- random numbers -------------------------------------------------------------------------------------- */

/** What random numbers are for: streams of different purposes never meet. */
typedef enum {
    PLAQ_RANDOM_HOT_START = 1,
    PLAQ_RANDOM_HEAT_BATH,
    PLAQ_RANDOM_GAUGE_TRANSFORM,
    PLAQ_RANDOM_TEST,
    PLAQ_RANDOM_POSITION,
    PLAQ_RANDOM_NOISE,
    PLAQ_RANDOM_RESAMPLE
} plaq_random_purpose;

/**
 * Four uniform numbers in (0, 1), a pure function of their key: the same on any rank, thread or lane.
 * Philox 4x64-10 of Random123 (Salmon et al., SC'11). Pure.
 *
 * @param seed     of the run
 * @param purpose  see plaq_random_purpose
 * @param step     what repeats: a sweep
 * @param site     global site index, x fastest
 * @param draw     counts the calls for one site and step (say, direction and trial)
 */
void plaq_random(uint64_t seed, plaq_random_purpose purpose, uint64_t step, uint64_t site, uint64_t draw,
                 double uniform[4]);

/** Four Gaussian numbers of variance 1 (Box-Muller) from plaq_random(). Pure. */
void plaq_random_normal(uint64_t seed, plaq_random_purpose purpose, uint64_t step, uint64_t site, uint64_t draw,
                        double normal[4]);

/* ---- tables: parameters and outputs ------------------------------------------------------------------------ */

/** What a parameter's text is read as, and the C type of the member that holds it. */
typedef enum {
    PLAQ_TYPE_BOOL,   /**< bool: true, false */
    PLAQ_TYPE_INT,    /**< int */
    PLAQ_TYPE_SEED,   /**< uint64_t */
    PLAQ_TYPE_REAL,   /**< double */
    PLAQ_TYPE_TEXT,   /**< char[count], NUL-terminated */
    PLAQ_TYPE_CHOICE, /**< int: the position among `choices` */
    PLAQ_TYPE_INTS,   /**< int[count], all given */
    PLAQ_TYPE_REALS   /**< double[count], all given */
} plaq_type;

/** One parameter: a row of a table that ends with PLAQ_END. Readers, help, schema and manual all walk the rows. */
typedef struct {
    const char *name;
    plaq_type type;
    size_t offset;        /**< of the member in the parameter struct */
    size_t count;         /**< elements of an array, bytes of a text; 1 otherwise */
    const char *fallback; /**< default, as text; NULL: must be given */
    double min, max;      /**< inclusive; for numbers */
    const char *choices;  /**< "wilson|symanzik"; for PLAQ_TYPE_CHOICE */
    const char *unit;     /**< "a", "a^-4", "1", ... */
    const char *doc;
} plaq_param;

/* clang-format off */
#define PLAQ_COUNT_(type_, member_) (sizeof(((type_ *)0)->member_) / sizeof(((type_ *)0)->member_[0]))
#define PLAQ_BOOL(s, m, fallback_, doc_) \
    {#m, PLAQ_TYPE_BOOL, offsetof(s, m), 1, fallback_, 0, 1, NULL, "1", doc_}
#define PLAQ_INT(s, m, fallback_, min_, max_, unit_, doc_) \
    {#m, PLAQ_TYPE_INT, offsetof(s, m), 1, fallback_, min_, max_, NULL, unit_, doc_}
#define PLAQ_SEED(s, m, fallback_, doc_) \
    {#m, PLAQ_TYPE_SEED, offsetof(s, m), 1, fallback_, 0, 18446744073709551615.0, NULL, "1", doc_}
#define PLAQ_REAL(s, m, fallback_, min_, max_, unit_, doc_) \
    {#m, PLAQ_TYPE_REAL, offsetof(s, m), 1, fallback_, min_, max_, NULL, unit_, doc_}
#define PLAQ_TEXT(s, m, fallback_, doc_) \
    {#m, PLAQ_TYPE_TEXT, offsetof(s, m), PLAQ_COUNT_(s, m), fallback_, 0, 0, NULL, "1", doc_}
#define PLAQ_CHOICE(s, m, fallback_, choices_, doc_) \
    {#m, PLAQ_TYPE_CHOICE, offsetof(s, m), 1, fallback_, 0, 0, choices_, "1", doc_}
#define PLAQ_INTS(s, m, fallback_, min_, max_, unit_, doc_) \
    {#m, PLAQ_TYPE_INTS, offsetof(s, m), PLAQ_COUNT_(s, m), fallback_, min_, max_, NULL, unit_, doc_}
#define PLAQ_REALS(s, m, fallback_, min_, max_, unit_, doc_) \
    {#m, PLAQ_TYPE_REALS, offsetof(s, m), PLAQ_COUNT_(s, m), fallback_, min_, max_, NULL, unit_, doc_}
#define PLAQ_END {.name = NULL}
/* clang-format on */

/** Name of a type as the help shows it: "bool", "int", "real", "text", "choice", "int[4]". Into @p text. */
void plaq_param_type_text(const plaq_param *param, char *text, size_t n);

/** The range of a number as the help shows it: "0.1 to 100", "at least 1"; "" where any will do. Into @p text. */
void plaq_param_range_text(const plaq_param *param, char *text, size_t n);

/** Reads one value from text ("12", "true", "[4, 4, 4, 8]"), range and choices checked; the failure names the
 * parameter. */
PLAQ_MUST_USE plaq_status plaq_param_read(const plaq_param *param, const char *text, void *params);

/** Prints one value, in as few digits as let plaq_param_read give the same bits back. */
void plaq_param_print(const plaq_param *param, const void *params, char *text, size_t n);

/** Sets every parameter that has a default to it. */
PLAQ_MUST_USE plaq_status plaq_param_defaults(const plaq_param table[], void *params);

/** The row called @p name, or NULL. */
const plaq_param *plaq_param_find(const plaq_param table[], const char *name);

/** The candidate nearest to @p word by edit distance if it is near enough to be meant, or NULL ("did you mean"). */
const char *plaq_nearest(const char *word, const char *const candidates[], size_t n);

/** One output of an observable: a row of a table that ends with PLAQ_END. */
typedef struct {
    const char *name;
    const char *axes; /**< names of the axes, slowest first, by blanks: "t plane"; "" for a number */
    const char *unit;
    const char *doc; /**< with the normalisation */
    bool is_complex;
    bool may_lack; /**< NaN stands where there is no such number; elsewhere NaN is an error */
} plaq_output;

enum { PLAQ_AXES_MAX = 8 };

/** Measured values: what a result file stores as one dataset. Complex values are pairs {r, i}. */
typedef struct {
    const plaq_output *output; /**< borrowed from the descriptor */
    int rank;                  /**< number of axes */
    int shape[PLAQ_AXES_MAX];
    double *values; /**< owned: plaq_array_clear */
} plaq_array;

size_t plaq_array_count(const plaq_array *array); /**< doubles in values, two for a complex number */
void plaq_array_clear(plaq_array *array);

typedef enum { PLAQ_SINGLE, PLAQ_DOUBLE } plaq_prec; /**< float or double */

#endif
