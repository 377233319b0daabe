/*
 * whvrun: a small virtual machine monitor on WinHvPlatform
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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include "boot.h"
#include "machine.h"
#include "platform/partition.h"

/* tests/guests/demo.S and smp.S, put into the program by the build */
extern BYTE demo_start[] __asm__( "_binary_demo_bin_start" );
extern BYTE demo_end[] __asm__( "_binary_demo_bin_end" );
extern BYTE smp_start[] __asm__( "_binary_smp_bin_start" );
extern BYTE smp_end[] __asm__( "_binary_smp_bin_end" );

#define DEFAULT_COMMAND_LINE "console=ttyS0 earlyprintk=serial panic=-1"
#define LARGEST_MEMORY       3072u      /* MiB; the device page is behind it */

/* exit codes, where the guest gives none: as timeout(1) has them */
enum { EXIT_OK = 0, EXIT_TRIPLE_FAULT = 123, EXIT_TIMEOUT = 124, EXIT_OURS = 125 };

static struct machine_options machine = { .memory = 256 };
static const char *flat, *sector, *kernel, *initrd, *append;

static void usage( FILE *out )
{
    fprintf( out,
        "Usage: whvrun [OPTIONS]            without a guest: runs the one that is built in\n"
        "A guest, one of:\n"
        "  --flat FILE[@ADDRESS]            flat image at ADDRESS (default 0x7c00), entered there; real mode below 1 MiB,\n"
        "                                   else 32-bit protected mode\n"
        "  --boot-sector FILE               its first 512 bytes at 0x7c00; there is no BIOS\n"
        "  --kernel BZIMAGE                 Linux, with\n"
        "    --initrd FILE\n"
        "    --append STRING                more for its command line (\"" DEFAULT_COMMAND_LINE "\")\n"
        "The machine:\n"
        "  --memory MIB                     RAM (default 256, at most %u)\n"
        "  --smp N                          N processors (at most %u) with local APICs of the platform, an I/O APIC, and a\n"
        "                                   table of them (MP 1.4); the 8259 is not wired. Without: one, with an 8259\n"
        "  --timeout SECONDS                ends the guest after that time\n"
        "  --decode                         without WinHvEmulation: decodes instructions by itself\n"
        "  --exit-clock MILLISECONDS        a microsecond passes with each exit: each run is like the other; a guest that\n"
        "                                   makes none for so long gets its next timer interrupt (0: never)\n"
        "  --gdb PORT                       the guest waits for GDB at 127.0.0.1:PORT; not with --smp\n"
        "  --trace                          every exit to stderr\n"
        "COM1 is stdin and stdout. A byte written to port 0xf4 ends the run with that exit code; a reset, ACPI power-off\n"
        "(port 0x604), or HLT with interrupts off with 0; a triple fault with %d, the time-out with %d, a failure with %d.\n",
        LARGEST_MEMORY, MAX_PROCESSORS, EXIT_TRIPLE_FAULT, EXIT_TIMEOUT, EXIT_OURS );
}

static BOOL parse_number( const char *text, UINT64 largest, UINT64 *value )
{
    char *end;

    *value = _strtoui64( text, &end, 0 );
    return *text >= '0' && *text <= '9' && !*end && *value <= largest;
}

/* TRUE when all is understood. */
static BOOL parse_options( int argc, char *argv[] )
{
    static const struct { const char *name; const char **text; } texts[] =
    {
        { "--flat", &flat }, { "--boot-sector", &sector }, { "--kernel", &kernel }, { "--initrd", &initrd },
        { "--append", &append },
    };
    size_t t;
    UINT64 number;
    int i;

    for (i = 1; i < argc; i++)
    {
        if (!strcmp( argv[i], "--help" ))
        {
            usage( stdout );
            exit( EXIT_OK );
        }
        if (!strcmp( argv[i], "--decode" )) machine.decode = TRUE;
        else if (!strcmp( argv[i], "--trace" )) machine.trace = TRUE;
        else if (i + 1 == argc) return FALSE;
        else if (!strcmp( argv[i], "--memory" ))
        {
            if (!parse_number( argv[++i], LARGEST_MEMORY, &machine.memory ) || !machine.memory) return FALSE;
        }
        else if (!strcmp( argv[i], "--smp" ))
        {
            if (!parse_number( argv[++i], MAX_PROCESSORS, &number ) || !number) return FALSE;
            machine.processors = number;
        }
        else if (!strcmp( argv[i], "--timeout" ))
        {
            if (!parse_number( argv[++i], 1000000, &number )) return FALSE;
            machine.timeout = number;
        }
        else if (!strcmp( argv[i], "--gdb" ))
        {
            if (!parse_number( argv[++i], 65535, &number ) || !number) return FALSE;
            machine.gdb = number;
        }
        else if (!strcmp( argv[i], "--exit-clock" ))
        {
            if (!parse_number( argv[++i], 1000000, &number )) return FALSE;
            machine.exit_clock = TRUE;
            machine.patience = number;
        }
        else
        {
            for (t = 0; t < sizeof(texts) / sizeof(texts[0]); t++)
                if (!strcmp( argv[i], texts[t].name )) break;
            if (t == sizeof(texts) / sizeof(texts[0])) return FALSE;
            *texts[t].text = argv[++i];
        }
    }
    machine.memory <<= 20;
    if (!!flat + !!sector + !!kernel > 1) return FALSE;
    if (machine.gdb && machine.processors) return FALSE;        /* the debugger knows one processor */
    return kernel || (!initrd && !append);
}

static BOOL load_flat( void )
{
    char name[MAX_PATH];
    const char *at = strrchr( flat, '@' );
    UINT64 address = 0x7c00;
    struct file image;

    if (at && (size_t)(at - flat) < sizeof(name) && parse_number( at + 1, ~0ull, &address ))
    {
        memcpy( name, flat, at - flat );
        name[at - flat] = 0;
        return read_file( name, &image ) && boot_flat( &image, address );
    }
    return read_file( flat, &image ) && boot_flat( &image, address );
}

static BOOL load_linux( void )
{
    struct file kernel_file, initrd_file;
    char *command_line = malloc( sizeof(DEFAULT_COMMAND_LINE) + 16 + (append ? strlen( append ) : 0) );

    if (!command_line) return FALSE;
    strcpy( command_line, DEFAULT_COMMAND_LINE );
    if (!machine.processors && !partition_apic_hidden()) strcat( command_line, " nolapic" );
    if (append)
    {
        strcat( command_line, " " );
        strcat( command_line, append );
    }
    if (!read_file( kernel, &kernel_file ) || (initrd && !read_file( initrd, &initrd_file ))) return FALSE;
    return boot_linux( &kernel_file, initrd ? &initrd_file : NULL, command_line );
}

static BOOL load_guest( void )
{
    struct file image;

    if (machine.processors && !put_mp_table( machine.processors ))
    {
        fprintf( stderr, "whvrun: no memory for the table of processors\n" );
        return FALSE;
    }
    if (flat) return load_flat();
    if (kernel) return load_linux();
    if (sector) return read_file( sector, &image ) && boot_sector( &image );
    image.data = machine.processors ? smp_start : demo_start;
    image.size = machine.processors ? smp_end - smp_start : demo_end - demo_start;
    return boot_flat( &image, 0x7c00 );
}

/* What is typed goes to the serial port; where nobody reads it, it waits. */
static DWORD WINAPI input_thread( void *arg )
{
    HANDLE in = GetStdHandle( STD_INPUT_HANDLE );
    BYTE buffer[64];
    DWORD count, done;

    (void)arg;
    while (ReadFile( in, buffer, sizeof(buffer), &count, NULL ) && count)
    {
        for (done = 0; done < count;)
        {
            done += machine_input( buffer + done, count - done );
            if (done < count) Sleep( 10 );
        }
    }
    return 0;
}

static int finish( enum end_reason reason, unsigned int code )
{
    switch (reason)
    {
    case END_EXIT_CODE:
        if (code) fprintf( stderr, "whvrun: the guest ended with code %u\n", code );
        return code;
    case END_RESET:
        fprintf( stderr, "whvrun: the guest reset the machine\n" );
        return EXIT_OK;
    case END_POWER_OFF:
        fprintf( stderr, "whvrun: the guest is off\n" );
        return EXIT_OK;
    case END_TRIPLE_FAULT:
        fprintf( stderr, "whvrun: triple fault\n" );
        return EXIT_TRIPLE_FAULT;
    case END_TIMEOUT:
        fprintf( stderr, "whvrun: time-out\n" );
        return EXIT_TIMEOUT;
    default:
        return EXIT_OURS;
    }
}

int main( int argc, char *argv[] )
{
    HANDLE in = GetStdHandle( STD_INPUT_HANDLE );
    enum end_reason reason = END_FAILED;
    unsigned int code = 0;
    DWORD old_mode;
    BOOL is_console;

    if (!parse_options( argc, argv ))
    {
        usage( stderr );
        return EXIT_OURS;
    }
    /* a terminal gives each key as it is pressed, and leaves the echo to the guest */
    is_console = GetConsoleMode( in, &old_mode );
    if (SUCCEEDED( machine_create( &machine )) && load_guest())
    {
        if (is_console) SetConsoleMode( in, old_mode & ~(ENABLE_LINE_INPUT | ENABLE_ECHO_INPUT) );
        if (flat || sector || kernel) CloseHandle( CreateThread( NULL, 0, input_thread, NULL, 0, NULL ));
        reason = machine_run( &code );
        if (is_console) SetConsoleMode( in, old_mode );
    }
    machine_delete();
    fflush( stderr );
    /* the input thread may sit in a read that nothing ends */
    ExitProcess( finish( reason, code ));
}
