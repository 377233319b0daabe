/*
 * Counting instructions: the client under ptrace
 *
 * Copyright 2026 the winehvplatform authors
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin St, Fifth Floor, Boston, MA 02110-1301, USA
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <linux/kvm.h>

#include "steps.h"

#define MAX_THREADS 64
#define FEW_ROUNDS  3
#define TIME_LIMIT  4.0         /* seconds */

static FILE *to_client, *from_client;
static ino_t client_pipe;               /* its standard input's */

void die( const char *format, ... )
{
    va_list args;

    fprintf( stderr, "steps: " );
    va_start( args, format );
    vfprintf( stderr, format, args );
    va_end( args );
    fprintf( stderr, "\n" );
    exit( 1 );
}

/**** talking to the client ****/

void client_start( char *argv[] )
{
    int in[2], out[2], cpu = sched_getcpu();
    struct stat st;
    cpu_set_t cpus;

    /* we and the client take turns, which is quickest on one processor */
    CPU_ZERO( &cpus );
    if (cpu >= 0 && cpu < CPU_SETSIZE) CPU_SET( cpu, &cpus );
    sched_setaffinity( 0, sizeof(cpus), &cpus );
    if (pipe2( in, O_CLOEXEC ) || pipe2( out, O_CLOEXEC )) die( "pipe: %s", strerror( errno ) );
    switch (fork())
    {
    case -1:
        die( "fork: %s", strerror( errno ) );
    case 0:
        dup2( in[0], 0 );
        dup2( out[1], 1 );
        execvp( argv[0], argv );
        die( "%s: %s", argv[0], strerror( errno ) );
    }
    if (fstat( in[0], &st )) die( "fstat: %s", strerror( errno ) );
    client_pipe = st.st_ino;
    close( in[0] );
    close( out[1] );
    to_client = fdopen( in[1], "w" );
    from_client = fdopen( out[0], "r" );
    if (!to_client || !from_client) die( "fdopen: %s", strerror( errno ) );
    signal( SIGPIPE, SIG_IGN );
}

void client_say( const char *line )
{
    fprintf( to_client, "%s\n", line );
    if (fflush( to_client )) die( "the client has ended" );
}

char *client_hear( void )
{
    static char line[1024];

    if (!fgets( line, sizeof(line), from_client )) return NULL;
    line[strcspn( line, "\r\n" )] = 0;
    return line;
}

static int has_our_pipe( const char *pid )
{
    char name[300];
    struct dirent *entry;
    struct stat st;
    int found = 0;
    DIR *dir;

    snprintf( name, sizeof(name), "/proc/%s/fd", pid );
    if (!(dir = opendir( name ))) return 0;
    while (!found && (entry = readdir( dir )))
        found = !fstatat( dirfd( dir ), entry->d_name, &st, 0 ) && S_ISFIFO(st.st_mode) && st.st_ino == client_pipe;
    closedir( dir );
    return found;
}

static int has_mapped( const char *pid, const char *file )
{
    char name[300], line[4096];
    int found = 0;
    FILE *maps;

    snprintf( name, sizeof(name), "/proc/%s/maps", pid );
    if (!(maps = fopen( name, "r" ))) return 0;
    while (!found && fgets( line, sizeof(line), maps )) found = strstr( line, file ) != NULL;
    fclose( maps );
    return found;
}

/* Wine's server has the pipe too, and a shell may have had it: the client alone has the file. */
pid_t client_process( const char *file )
{
    struct dirent *entry;
    pid_t found = 0;
    DIR *dir;

    if (!(dir = opendir( "/proc" ))) die( "/proc: %s", strerror( errno ) );
    while (!found && (entry = readdir( dir )))
        if (atoi( entry->d_name ) > 0 && atoi( entry->d_name ) != getpid() && has_our_pipe( entry->d_name ) &&
            has_mapped( entry->d_name, file )) found = atoi( entry->d_name );
    closedir( dir );
    if (!found) die( "no process has %s and our pipe", file );
    return found;
}

/**** ptrace ****/

static int is_kvm_run( const struct user_regs_struct *regs, unsigned long long nr )
{
    return nr == SYS_ioctl && (unsigned int)regs->rsi == KVM_RUN;
}

static int wait_for( pid_t thread )
{
    int status;

    while (waitpid( thread, &status, __WALL ) < 0)
        if (errno != EINTR) die( "waitpid: %s", strerror( errno ) );
    if (!WIFSTOPPED( status )) die( "the client has ended while it was traced, status %#x", status );
    return status;
}

/* The signal that a stopped thread is to be given when it goes on: none that ptrace itself has made. */
static int signal_of( int status )
{
    int sig = WSTOPSIG( status );

    if (status >> 16 || sig == (SIGTRAP | 0x80) || sig == SIGTRAP) return 0;
    return sig;
}

static void get_regs( pid_t thread, struct user_regs_struct *regs )
{
    if (ptrace( PTRACE_GETREGS, thread, NULL, regs )) die( "PTRACE_GETREGS: %s", strerror( errno ) );
}

static void resume( int how, pid_t thread, int status )
{
    if (ptrace( how, thread, NULL, (void *)(intptr_t)signal_of( status ) )) die( "ptrace: %s", strerror( errno ) );
}

/* Each of the process' threads runs to its next system call. */
static unsigned int seize_threads( pid_t process, pid_t *threads )
{
    char name[64];
    struct dirent *entry;
    unsigned int count = 0, i;
    DIR *dir;

    snprintf( name, sizeof(name), "/proc/%d/task", process );
    if (!(dir = opendir( name ))) die( "%s: %s", name, strerror( errno ) );
    /* a thread may be KVM's own, which some kernels don't let us have, or be gone already */
    while (count < MAX_THREADS && (entry = readdir( dir )))
        if (atoi( entry->d_name ) > 0 && !ptrace( PTRACE_SEIZE, atoi( entry->d_name ), NULL,
                                                  PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL ))
            threads[count++] = atoi( entry->d_name );
    closedir( dir );
    if (!count) die( "PTRACE_SEIZE: %s", strerror( errno ) );
    for (i = 0; i < count; i++)
    {
        if (ptrace( PTRACE_INTERRUPT, threads[i], NULL, NULL )) die( "PTRACE_INTERRUPT: %s", strerror( errno ) );
        resume( PTRACE_SYSCALL, threads[i], wait_for( threads[i] ) );
    }
    return count;
}

/* Of a thread that runs, sleeps, has stopped already, or is no more. */
static void detach( pid_t thread )
{
    int status;

    if (ptrace( PTRACE_INTERRUPT, thread, NULL, NULL ) && errno == ESRCH) return;
    if (waitpid( thread, &status, __WALL ) == thread && WIFSTOPPED( status ))
        ptrace( PTRACE_DETACH, thread, NULL, (void *)(intptr_t)signal_of( status ) );
}

/* The thread that is about to make KVM_RUN. All others are let go. */
static pid_t find_runner( const pid_t *threads, unsigned int count )
{
    struct user_regs_struct regs;
    unsigned int i;
    pid_t thread;
    int status;

    for (;;)
    {
        if ((thread = waitpid( -1, &status, __WALL )) < 0)
        {
            if (errno == EINTR) continue;
            die( "waitpid: %s", strerror( errno ) );
        }
        if (!WIFSTOPPED( status )) continue;
        if (WSTOPSIG( status ) == (SIGTRAP | 0x80))
        {
            get_regs( thread, &regs );
            if (is_kvm_run( &regs, regs.orig_rax ) && regs.rax == (unsigned long long)-ENOSYS) break;
        }
        resume( PTRACE_SYSCALL, thread, status );
    }
    for (i = 0; i < count; i++) if (threads[i] != thread) detach( threads[i] );
    return thread;
}

/* THREAD is about to make a KVM_RUN: it makes COUNT of them, and is where it was. */
static void pass_runs( pid_t thread, unsigned int count )
{
    struct user_regs_struct regs;
    int status;

    resume( PTRACE_SYSCALL, thread, 0 );
    while (count)
    {
        status = wait_for( thread );
        if (WSTOPSIG( status ) == (SIGTRAP | 0x80))
        {
            get_regs( thread, &regs );
            if (is_kvm_run( &regs, regs.orig_rax ) && regs.rax == (unsigned long long)-ENOSYS && !--count) return;
        }
        resume( PTRACE_SYSCALL, thread, status );
    }
}

/* What is at an address does not change while we step: the answers are kept. */
static int is_syscall( pid_t thread, uint64_t rip )
{
    static struct { uint64_t rip; int is; } known[0x10000];
    unsigned int slot = (rip ^ rip >> 16) & 0xffff;
    long code;

    if (known[slot].rip != rip)
    {
        errno = 0;
        code = ptrace( PTRACE_PEEKTEXT, thread, (void *)rip, NULL );
        known[slot].is = !errno && (code & 0xffff) == 0x050f;
        known[slot].rip = rip;
    }
    return known[slot].is;
}

static uint64_t get_word( pid_t thread, size_t offset )
{
    return ptrace( PTRACE_PEEKUSER, thread, (void *)offset, NULL );
}

static double now( void )
{
    struct timespec ts;

    clock_gettime( CLOCK_MONOTONIC, &ts );
    return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void count_step( struct round *round, uint64_t rip )
{
    if (round->count == MAX_STEPS) die( "a round has more than %d instructions", MAX_STEPS );
    round->rips[round->count++] = rip;
}

/* THREAD is about to make a KVM_RUN, and again when this returns. */
static unsigned int step_rounds( pid_t thread, uint64_t from, struct round *rounds, unsigned int count )
{
    int status = 0, counting = !from, disturbed = 0;
    unsigned int done = 0, passed = 0;
    struct user_regs_struct regs;
    uint64_t rip, until = 0;
    double start = now();

    rounds[0].count = rounds[0].syscalls = 0;
    for (;;)
    {
        resume( PTRACE_SINGLESTEP, thread, status );
        status = wait_for( thread );
        /* its handler's instructions are not the path's */
        if (signal_of( status )) disturbed = 1;
        rip = get_word( thread, offsetof( struct user_regs_struct, rip ) );
        if (from && !counting && rip == from)
        {
            until = ptrace( PTRACE_PEEKDATA, thread,
                            (void *)get_word( thread, offsetof( struct user_regs_struct, rsp ) ), NULL );
            counting = 1;
            disturbed = 0;
            rounds[done].count = rounds[done].syscalls = 0;
        }
        else if (from && counting && rip == until)
        {
            counting = 0;
            if (!disturbed && done < count) done++;
        }
        if (!is_syscall( thread, rip ))
        {
            if (counting) count_step( &rounds[done], rip );
            continue;
        }
        get_regs( thread, &regs );
        if (!is_kvm_run( &regs, regs.rax ))
        {
            if (counting) rounds[done].syscalls++;
            continue;
        }
        if (!from && !disturbed) done++;
        /* A signal may come each time; and where all is slow, few rounds must do: they are alike. */
        if (done == count || ++passed == count + SPARE_ROUNDS ||
            (done >= FEW_ROUNDS && now() - start > TIME_LIMIT)) return done;
        disturbed = 0;
        if (!from) rounds[done].count = rounds[done].syscalls = 0;
    }
}

unsigned int trace_rounds( pid_t process, const char *line, unsigned int warm, uint64_t from,
                           struct round *rounds, unsigned int count )
{
    pid_t threads[MAX_THREADS], thread;
    unsigned int done;

    done = seize_threads( process, threads );
    client_say( line );
    thread = find_runner( threads, done );
    pass_runs( thread, warm );
    done = step_rounds( thread, from, rounds, count );
    if (ptrace( PTRACE_DETACH, thread, NULL, NULL )) die( "PTRACE_DETACH: %s", strerror( errno ) );
    return done;
}

int trace_allowed( pid_t process )
{
    if (ptrace( PTRACE_SEIZE, process, NULL, NULL )) return 0;
    detach( process );
    return 1;
}
