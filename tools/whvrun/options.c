/*
 * whvrun: the command line
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

#include <stdlib.h>
#include <string.h>

#include "options.h"

#define ARRAY_COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define LARGEST_MEMORY   3072u      /* MiB; the device page is behind it */
#define DEFAULT_MEMORY   256
#define DEFAULT_ADDRESS  0x7c00     /* where a BIOS puts a boot sector */
#define NOT_GIVEN        ~0ull
#define TEXT_OF(x)       #x
#define VERSION_OF(x)    TEXT_OF(x)

void options_usage( FILE *out )
{
    fprintf( out,
        "Usage: whvrun [OPTIONS]            without a guest: runs the one that is built in\n"
        "       whvrun --help | --version\n"
        "A guest, one of:\n"
        "  --flat FILE[@ADDRESS]            flat image at ADDRESS (default 0x7c00), entered there; real mode below"
        " 1 MiB,\n"
        "                                   else 32-bit protected mode\n"
        "  --boot-sector FILE               its first 512 bytes at 0x7c00; there is no BIOS\n"
        "  --kernel BZIMAGE                 Linux, with\n"
        "    --initrd FILE\n"
        "    --append STRING                more for its command line (\"" DEFAULT_COMMAND_LINE "\")\n"
        "The machine:\n"
        "  --memory MIB                     RAM (default 256, at most %u)\n"
        "  --smp N                          N processors (at most %u) with local APICs of the platform, an I/O APIC,"
        " and a\n"
        "                                   table of them (MP 1.4); the 8259 is not wired. Without: one, with an 8259\n"
        "  --timeout SECONDS                ends the guest after that time\n"
        "  --decode                         without WinHvEmulation: decodes instructions by itself\n"
        "  --exit-clock MILLISECONDS        a microsecond passes with each exit: each run is like the other; a guest"
        " that\n"
        "                                   makes none for so long gets its next timer interrupt (0: never)\n"
        "  --gdb PORT                       the guest waits for GDB at 127.0.0.1:PORT; not with --smp\n"
        "  --trace                          every exit to stderr\n"
        "COM1 is stdin and stdout. A byte written to port 0xf4 ends the run with that exit code; a reset, ACPI"
        " power-off\n"
        "(port 0x604), or HLT with interrupts off with 0; a triple fault with %d, the time-out with %d, a failure"
        " with %d.\n",
        LARGEST_MEMORY, MAX_PROCESSORS, EXIT_TRIPLE_FAULT, EXIT_TIMEOUT, EXIT_OURS );
}

static BOOL parse_number( const char *text, UINT64 largest, UINT64 *value )
{
    char *end;

    *value = _strtoui64( text, &end, 0 );
    return *text >= '0' && *text <= '9' && !*end && *value <= largest;
}

/* FILE@ADDRESS, or the name of a file that may have an @. */
static void parse_flat( struct options *options )
{
    static char name[MAX_PATH];
    const char *at = strrchr( options->flat, '@' );
    UINT64 address;

    if (!at || (size_t)(at - options->flat) >= sizeof(name) || !parse_number( at + 1, ~0ull, &address )) return;
    memcpy( name, options->flat, at - options->flat );
    name[at - options->flat] = 0;
    options->flat = name;
    options->address = address;
}

/* One line, that helps: what is wrong, and where more stands. */
static BOOL refuse( const char *option, const char *why )
{
    fprintf( stderr, "whvrun: %s %s (whvrun --help lists the options)\n", option, why );
    return FALSE;
}

static BOOL refuse_number( const char *option, UINT64 least, UINT64 most )
{
    char why[80];

    snprintf( why, sizeof(why), "wants a number from %u to %u", (UINT32)least, (UINT32)most );
    return refuse( option, why );
}

BOOL options_parse( int argc, char *argv[], struct options *options )
{
    struct machine_options *machine = &options->machine;
    UINT64 memory = DEFAULT_MEMORY, processors = 0, timeout = 0, gdb = 0, patience = NOT_GIVEN;
    const struct { const char *name; BOOL *flag; } flags[] =
    {
        { "--decode", &machine->decode }, { "--trace", &machine->trace },
    };
    const struct { const char *name, *what; const char **text; } texts[] =
    {
        { "--flat", "the name of an image, and @ADDRESS if it is not for 0x7c00", &options->flat },
        { "--boot-sector", "the name of an image", &options->sector },
        { "--kernel", "the name of a bzImage", &options->kernel },
        { "--initrd", "the name of an initial RAM disk", &options->initrd },
        { "--append", "words for the kernel's command line", &options->append },
    };
    const struct { const char *name; UINT64 least, most, *number; } numbers[] =
    {
        { "--memory", 1, LARGEST_MEMORY, &memory },
        { "--smp", 1, MAX_PROCESSORS, &processors },
        { "--timeout", 0, 1000000, &timeout },
        { "--gdb", 1, 65535, &gdb },
        { "--exit-clock", 0, 1000000, &patience },
    };
    size_t f, t, n;
    char why[128];
    int i;

    memset( options, 0, sizeof(*options) );
    options->address = DEFAULT_ADDRESS;
    for (i = 1; i < argc; i++)
    {
        const char *name = argv[i];

        if (!strcmp( name, "--help" ) || !strcmp( name, "-h" ))
        {
            options_usage( stdout );
            exit( EXIT_OK );
        }
        if (!strcmp( name, "--version" ))
        {
            printf( "whvrun (winehvplatform) %s\n", VERSION_OF(WHV_VERSION) );
            exit( EXIT_OK );
        }
        for (f = 0; f < ARRAY_COUNT(flags) && strcmp( name, flags[f].name ); f++) ;
        if (f < ARRAY_COUNT(flags))
        {
            *flags[f].flag = TRUE;
            continue;
        }
        for (t = 0; t < ARRAY_COUNT(texts) && strcmp( name, texts[t].name ); t++) ;
        for (n = 0; n < ARRAY_COUNT(numbers) && strcmp( name, numbers[n].name ); n++) ;
        if (t < ARRAY_COUNT(texts))
        {
            snprintf( why, sizeof(why), "wants %s", texts[t].what );
            if (++i == argc) return refuse( name, why );
            *texts[t].text = argv[i];
        }
        else if (n < ARRAY_COUNT(numbers))
        {
            if (++i == argc || !parse_number( argv[i], numbers[n].most, numbers[n].number ) ||
                *numbers[n].number < numbers[n].least)
                return refuse_number( name, numbers[n].least, numbers[n].most );
        }
        else if (name[0] == '-') return refuse( name, "is no option" );
        else return refuse( name, "is not understood: a guest is named by --flat, --boot-sector or --kernel" );
    }
    machine->memory = memory << 20;
    machine->processors = processors;
    machine->timeout = timeout;
    machine->gdb = gdb;
    machine->exit_clock = patience != NOT_GIVEN;
    machine->patience = machine->exit_clock ? patience : 0;
    if (options->flat) parse_flat( options );
    if (!!options->flat + !!options->sector + !!options->kernel > 1)
        return refuse( "--flat, --boot-sector, --kernel:", "one guest at a time" );
    if (gdb && processors) return refuse( "--gdb", "and --smp do not go together: the debugger knows one processor" );
    if (!options->kernel && options->initrd) return refuse( "--initrd", "is for a --kernel" );
    if (!options->kernel && options->append) return refuse( "--append", "is for a --kernel" );
    return TRUE;
}
