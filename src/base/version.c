/* What this plaq was built from and by. */
#include "plaq/base.h"

const char *plaq_commit(void)
{
    return PLAQ_COMMIT;
}

const char *plaq_compiler(void)
{
#ifdef __clang__
    return "clang " __clang_version__;
#else
    return "gcc " __VERSION__;
#endif
}
