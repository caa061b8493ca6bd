/* What elfutils' configure would find out, as far as libelf asks; true of glibc 2.28 and later and of musl. */
#define HAVE_ERR_H 1
#define HAVE_FALLTHROUGH 1
#define HAVE_VISIBILITY 1
#define HAVE_DECL_POWEROF2 1
#define HAVE_DECL_REALLOCARRAY 1
#ifdef __GLIBC__
#define HAVE_DECL_MEMPCPY 1
#define HAVE_DECL_MEMRCHR 1
#define HAVE_DECL_RAWMEMCHR 1
#endif

/* As configure has it: the sources rely on it. */
#include <eu-config.h>
