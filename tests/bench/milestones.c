/*
 * Benchmark of whole systems: when a program has come how far
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

/*
 *   milestones SECONDS [NAME:FILE:PATTERN]... [!FILE:PATTERN]... -- PROGRAM ARGUMENTS...
 * Starts PROGRAM and prints "NAME seconds" whenever PATTERN appears in FILE for the first time, by the kernel's notices
 * of what is written there, so that nobody polls beside a machine that is measured. When all have appeared the program
 * is ended. Without a milestone it runs to its end, and "end seconds" is printed. A PATTERN of "!" says that there will
 * be nothing more to see. At last "cpu seconds" has the processor time of the program and its children.
 * The exit code is 0 if all was seen, 1 if not, 2 if nothing could be started.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define MAX_MILESTONES 16

struct milestone
{
    const char *name;           /* NULL: the end of hope */
    const char *file, *pattern;
    int         seen;
};

static double now(void)
{
    struct timespec time;

    clock_gettime( CLOCK_MONOTONIC, &time );
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static void fail( const char *what )
{
    fprintf( stderr, "milestones: %s: %s\n", what, strerror( errno ) );
    exit( 2 );
}

/* Splits "NAME:FILE:PATTERN" and "!FILE:PATTERN". */
static int parse( char *text, struct milestone *milestone )
{
    char *colon;

    milestone->name = NULL;
    if (*text == '!') text++;
    else
    {
        if (!(colon = strchr( text, ':' ))) return 0;
        *colon = 0;
        milestone->name = text;
        text = colon + 1;
    }
    if (!(colon = strchr( text, ':' ))) return 0;
    *colon = 0;
    milestone->file = text;
    milestone->pattern = colon + 1;
    return 1;
}

/* Logs may have any bytes in them. */
static int has_pattern( const struct milestone *milestone )
{
    static char text[1 << 20];
    ssize_t size;
    int fd;

    if ((fd = open( milestone->file, O_RDONLY | O_CLOEXEC )) < 0) return 0;
    size = read( fd, text, sizeof(text) );
    close( fd );
    return size > 0 && memmem( text, size, milestone->pattern, strlen( milestone->pattern ) );
}

/* Whether the program still runs. */
static int is_running( pid_t child, int *status )
{
    return !waitpid( child, status, WNOHANG );
}

static void end_program( pid_t child, int *status )
{
    int i;

    kill( -child, SIGTERM );
    for (i = 0; i < 500 && is_running( child, status ); i++) usleep( 10000 );
    kill( -child, SIGKILL );
    if (i == 500) waitpid( child, status, 0 );
}

/* Files are written by the program alone: one is made here only to be watched. */
static int watch( const struct milestone *milestones, int count )
{
    int i, fd, notices = inotify_init1( IN_CLOEXEC | IN_NONBLOCK );

    if (notices < 0) fail( "inotify_init1" );
    for (i = 0; i < count; i++)
    {
        fd = open( milestones[i].file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666 );
        if (fd < 0 || inotify_add_watch( notices, milestones[i].file, IN_MODIFY ) < 0) fail( milestones[i].file );
        close( fd );
    }
    return notices;
}

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage( RUSAGE_CHILDREN, &usage );
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

int main( int argc, char *argv[] )
{
    struct milestone milestones[MAX_MILESTONES];
    int arg, i, notices, status = 0, wanted = 0, count = 0, hopeless = 0, running = 1;
    double start, limit;
    char drain[4096];
    pid_t child;

    for (arg = 2; arg < argc && strcmp( argv[arg], "--" ); arg++)
    {
        if (count == MAX_MILESTONES || !parse( argv[arg], &milestones[count] )) break;
        milestones[count].seen = 0;
        wanted += milestones[count++].name != NULL;
    }
    if (arg + 1 >= argc || strcmp( argv[arg], "--" ))
    {
        fprintf( stderr, "Usage: milestones SECONDS [NAME:FILE:PATTERN]... [!FILE:PATTERN]... -- PROGRAM...\n" );
        return 2;
    }
    limit = atof( argv[1] );
    notices = watch( milestones, count );

    start = now();
    if ((child = fork()) < 0) fail( "fork" );
    if (!child)
    {
        setpgid( 0, 0 );
        execvp( argv[arg + 1], argv + arg + 1 );
        fprintf( stderr, "milestones: %s: %s\n", argv[arg + 1], strerror( errno ) );
        _exit( 127 );
    }
    setpgid( child, child );
    for (;;)
    {
        struct pollfd wait = { .fd = notices, .events = POLLIN };
        int left = 0;

        /* the end is looked for first: what was written before it is still seen */
        running = is_running( child, &status );
        for (i = 0; i < count; i++)
        {
            if (!milestones[i].seen && has_pattern( &milestones[i] ))
            {
                milestones[i].seen = 1;
                if (milestones[i].name) printf( "%s %.3f\n", milestones[i].name, now() - start );
                else hopeless = 1;
            }
            left += milestones[i].name && !milestones[i].seen;
        }
        if ((wanted && !left) || !running || hopeless || now() - start > limit) break;
        poll( &wait, 1, wanted ? 50 : 1 );
        while (read( notices, drain, sizeof(drain) ) > 0) ;
    }
    if (!wanted && !running) printf( "end %.3f\n", now() - start );
    else if (running) end_program( child, &status );
    for (i = 0; i < count; i++) wanted -= milestones[i].name && milestones[i].seen;
    printf( "cpu %.3f\n", cpu_seconds() );
    if (wanted) return 1;
    return !running && (!WIFEXITED( status ) || WEXITSTATUS( status ));
}
