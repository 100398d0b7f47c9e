/* Fails one call that writes, after so many: cc -shared -fPIC -o failing.so failing.c -ldl */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static long left = -1;
static int code = 0, staying = 0, names = 0;
static long calls = 0;

/* Fail the call of this number from now on (1 is the next); 0 fails none. */
void fail_at(long number, int error, int stays) {
    left = number; code = error; staying = stays; calls = 0;
}
/* Whether calls that change names are counted too. */
void count_names(int counted) { names = counted; }
long calls_made(void) { return calls; }

static int fails(void) {
    calls++;
    if (left <= 0) return 0;
    if (--left > 0) return 0;
    if (staying) left = 1;
    errno = code;
    return 1;
}

/* A call on a file or a folder; threads wake each other through handles that are neither. */
static int fails_on(int handle) {
    struct stat found;
    if (fstat(handle, &found) || !(S_ISREG(found.st_mode) || S_ISDIR(found.st_mode))) return 0;
    return fails();
}
static int fails_name(void) { return names && fails(); }

#define REAL(name) static __typeof__(name) *real; if (!real) real = dlsym(RTLD_NEXT, #name)

ssize_t write(int f, const void *b, size_t n) { REAL(write); return fails_on(f) ? -1 : real(f, b, n); }
ssize_t pwrite(int f, const void *b, size_t n, off_t o) {
    REAL(pwrite); return fails_on(f) ? -1 : real(f, b, n, o);
}
ssize_t pwrite64(int f, const void *b, size_t n, off64_t o) {
    REAL(pwrite64); return fails_on(f) ? -1 : real(f, b, n, o);
}
int fsync(int f) { REAL(fsync); return fails_on(f) ? -1 : real(f); }
int fdatasync(int f) { REAL(fdatasync); return fails_on(f) ? -1 : real(f); }
int ftruncate(int f, off_t n) { REAL(ftruncate); return fails_on(f) ? -1 : real(f, n); }
int ftruncate64(int f, off64_t n) { REAL(ftruncate64); return fails_on(f) ? -1 : real(f, n); }
int rename(const char *a, const char *b) { REAL(rename); return fails_name() ? -1 : real(a, b); }
int renameat2(int a, const char *b, int c, const char *d, unsigned e) {
    REAL(renameat2); return fails_name() ? -1 : real(a, b, c, d, e);
}
int mkdir(const char *a, mode_t m) { REAL(mkdir); return fails_name() ? -1 : real(a, m); }
int symlink(const char *a, const char *b) {
    REAL(symlink); return fails_name() ? -1 : real(a, b);
}
