/*
 * Conformance test framework
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
 * What it is for: conformance tests outside of Wine's tree. It looks and behaves as Wine's own wine/test.h does, as far
 * as our tests use that, but needs nothing of Wine, so that the programs run on real Windows too.
 * It knows the C library and <windows.h>, and nothing of what is tested.
 * Every file tests/NAME.c has one START_TEST( NAME ); the build makes a
 * testlist.c of the file names, which alone defines STANDALONE.
 */

#ifndef __WINE_WINE_TEST_H
#define __WINE_WINE_TEST_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windef.h>
#include <winbase.h>

#if defined(__GNUC__) && defined(__MINGW_PRINTF_FORMAT)
#define WINETEST_PRINTF_ATTR(fmt,args) __attribute__((format (__MINGW_PRINTF_FORMAT, fmt, args)))
#elif defined(__GNUC__)
#define WINETEST_PRINTF_ATTR(fmt,args) __attribute__((format (printf, fmt, args)))
#else
#define WINETEST_PRINTF_ATTR(fmt,args)
#endif

struct winetest_entry
{
    const char *name;
    void (*func)(void);
};

/* Made by the build (testlist.c), ends with a NULL name. */
extern const struct winetest_entry winetest_testlist[];

/* Where the calling thread stands; the macros below set it before they report. */
extern void winetest_set_location( const char *file, int line );
/* Count one check; condition 0 is a failure, or a todo inside todo_wine. Returns the condition. */
extern int winetest_ok( int condition, const char *msg, ... ) WINETEST_PRINTF_ATTR(2, 3);
extern void winetest_skip( const char *msg, ... ) WINETEST_PRINTF_ATTR(1, 2);
extern void winetest_win_skip( const char *msg, ... ) WINETEST_PRINTF_ATTR(1, 2);
extern void winetest_trace( const char *msg, ... ) WINETEST_PRINTF_ATTR(1, 2);
/* Put a text before every message of this thread until the matching pop. */
extern void winetest_push_context( const char *fmt, ... ) WINETEST_PRINTF_ATTR(1, 2);
extern void winetest_pop_context( void );
extern void winetest_start_todo( int is_todo );
extern int winetest_loop_todo( void );
extern void winetest_end_todo( void );
/* What is acceptable on some Windows version, but must not happen in Wine. */
extern int broken( int condition );
/* argc and argv of the program, without changing them. */
extern int winetest_get_mainargs( char ***argv );
/* Run under Wine (1) or on Windows (0). */
extern int winetest_platform_is_wine;
/* WINETEST_DEBUG: 0 = failures only, 1 = also skips and traces (default), 2 = also todos. */
extern int winetest_debug;

#define START_TEST(name) extern void func_##name( void ); void func_##name( void )

#define ok_(file, line)       (winetest_set_location( file, line ), 0) ? (void)0 : (void)winetest_ok
#define skip_(file, line)     (winetest_set_location( file, line ), 0) ? (void)0 : winetest_skip
#define win_skip_(file, line) (winetest_set_location( file, line ), 0) ? (void)0 : winetest_win_skip
#define trace_(file, line)    (winetest_set_location( file, line ), 0) ? (void)0 : winetest_trace

#define ok       ok_(__FILE__, __LINE__)
#define skip     skip_(__FILE__, __LINE__)
#define win_skip win_skip_(__FILE__, __LINE__)
#define trace    trace_(__FILE__, __LINE__)

#define todo_wine_if(is_todo) for (winetest_start_todo( (is_todo) && winetest_platform_is_wine ); \
                                   winetest_loop_todo(); winetest_end_todo())
#define todo_wine             todo_wine_if( 1 )

#ifdef STANDALONE

struct winetest_thread_data
{
    const char *file;
    int         line;
    int         todo_level;     /* nesting of todo_wine, one bit each in todo_stack */
    unsigned    todo_stack;
    int         todo_do_loop;
    int         context_count;
    char        context[8][64];
};

static __thread struct winetest_thread_data winetest_tls;
static CRITICAL_SECTION winetest_cs;
static const char *winetest_name;
static int winetest_argc;
static char **winetest_argv;
static LONG winetest_successes, winetest_failures, winetest_todos, winetest_skipped;

int winetest_platform_is_wine = 0;
int winetest_debug = 1;

void winetest_set_location( const char *file, int line )
{
    const char *p;

    if ((p = strrchr( file, '/' ))) file = p + 1;
    if ((p = strrchr( file, '\\' ))) file = p + 1;
    winetest_tls.file = file;
    winetest_tls.line = line;
}

static void winetest_vprint( const char *kind, const char *msg, va_list args )
{
    int i;

    EnterCriticalSection( &winetest_cs );
    printf( "%s:%d: %s", winetest_tls.file, winetest_tls.line, kind );
    for (i = 0; i < winetest_tls.context_count; i++) printf( "%s: ", winetest_tls.context[i] );
    vprintf( msg, args );
    fflush( stdout );
    LeaveCriticalSection( &winetest_cs );
}

int winetest_ok( int condition, const char *msg, ... )
{
    const char *kind = NULL;
    va_list args;

    if (winetest_tls.todo_level)
    {
        if (condition)
        {
            InterlockedIncrement( &winetest_failures );
            kind = "Test succeeded inside todo block: ";
        }
        else
        {
            InterlockedIncrement( &winetest_todos );
            if (winetest_debug > 1) kind = "Test marked todo: ";
        }
    }
    else if (condition) InterlockedIncrement( &winetest_successes );
    else
    {
        InterlockedIncrement( &winetest_failures );
        kind = "Test failed: ";
    }
    if (kind)
    {
        va_start( args, msg );
        winetest_vprint( kind, msg, args );
        va_end( args );
    }
    return condition;
}

void winetest_skip( const char *msg, ... )
{
    va_list args;

    InterlockedIncrement( &winetest_skipped );
    if (!winetest_debug) return;
    va_start( args, msg );
    winetest_vprint( "Tests skipped: ", msg, args );
    va_end( args );
}

void winetest_win_skip( const char *msg, ... )
{
    va_list args;

    /* A feature that only old Windows versions lack: lacking it here is a failure. */
    if (!winetest_platform_is_wine) InterlockedIncrement( &winetest_skipped );
    else if (winetest_tls.todo_level) InterlockedIncrement( &winetest_todos );
    else InterlockedIncrement( &winetest_failures );
    va_start( args, msg );
    winetest_vprint( winetest_platform_is_wine ? "Test failed: " : "Tests skipped: ", msg, args );
    va_end( args );
}

void winetest_trace( const char *msg, ... )
{
    va_list args;

    if (!winetest_debug) return;
    va_start( args, msg );
    winetest_vprint( "", msg, args );
    va_end( args );
}

void winetest_push_context( const char *fmt, ... )
{
    struct winetest_thread_data *data = &winetest_tls;
    va_list args;

    if (data->context_count == sizeof(data->context) / sizeof(data->context[0])) abort();
    va_start( args, fmt );
    vsnprintf( data->context[data->context_count], sizeof(data->context[0]), fmt, args );
    va_end( args );
    data->context[data->context_count++][sizeof(data->context[0]) - 1] = 0;
}

void winetest_pop_context( void )
{
    if (winetest_tls.context_count) winetest_tls.context_count--;
}

void winetest_start_todo( int is_todo )
{
    winetest_tls.todo_stack = (winetest_tls.todo_stack << 1) | (winetest_tls.todo_level != 0);
    if (is_todo) winetest_tls.todo_level = 1;
    winetest_tls.todo_do_loop = 1;
}

int winetest_loop_todo( void )
{
    int do_loop = winetest_tls.todo_do_loop;

    winetest_tls.todo_do_loop = 0;
    return do_loop;
}

void winetest_end_todo( void )
{
    winetest_tls.todo_level = winetest_tls.todo_stack & 1;
    winetest_tls.todo_stack >>= 1;
}

int broken( int condition )
{
    return !winetest_platform_is_wine && condition;
}

int winetest_get_mainargs( char ***argv )
{
    *argv = winetest_argv;
    return winetest_argc;
}

static LONG CALLBACK winetest_exception( EXCEPTION_POINTERS *ptrs )
{
    printf( "%s:%d: this is the last test seen before the exception\n",
            winetest_tls.file ? winetest_tls.file : winetest_name, winetest_tls.line );
    printf( "%s: unhandled exception %08lx at %p\n", winetest_name,
            (unsigned long)ptrs->ExceptionRecord->ExceptionCode, ptrs->ExceptionRecord->ExceptionAddress );
    fflush( stdout );
    return EXCEPTION_EXECUTE_HANDLER;
}

static void winetest_list( const char *program )
{
    const struct winetest_entry *test;

    printf( "Usage: %s test_name\n\nValid test names:\n", program );
    for (test = winetest_testlist; test->name; test++) printf( "    %s\n", test->name );
}

int main( int argc, char **argv )
{
    const struct winetest_entry *test;
    const char *debug = getenv( "WINETEST_DEBUG" );
    LONG failures;

    winetest_argc = argc;
    winetest_argv = argv;
    if (debug) winetest_debug = atoi( debug );
    winetest_platform_is_wine = GetProcAddress( GetModuleHandleA( "ntdll.dll" ), "wine_get_version" ) != NULL;
    InitializeCriticalSection( &winetest_cs );

    if (argc < 2)
    {
        winetest_list( argv[0] );
        return 0;
    }
    for (test = winetest_testlist; test->name; test++) if (!strcmp( test->name, argv[1] )) break;
    if (!test->name)
    {
        winetest_list( argv[0] );
        return 1;
    }

    winetest_name = test->name;
    SetUnhandledExceptionFilter( winetest_exception );
    test->func();

    failures = winetest_failures;
    printf( "%s: %ld tests executed (%ld marked as todo, %ld %s), %ld skipped.\n", test->name,
            (long)(winetest_successes + failures + winetest_todos), (long)winetest_todos, (long)failures,
            failures == 1 ? "failure" : "failures", (long)winetest_skipped );
    fflush( stdout );
    return failures > 255 ? 255 : failures;
}

#endif /* STANDALONE */

#endif /* __WINE_WINE_TEST_H */
