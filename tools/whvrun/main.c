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

/*
 * What uses what: each line only those below it. What calls WinHvPlatform and WinHvEmulation is in platform/.
 *
 *   main  options                      the command line, the guest, the exit code
 *   boot/                              puts a guest into RAM and registers
 *   machine                            puts all together and runs it: a thread for each processor, one lock
 *   exits                              what is done about each exit
 *   interrupt  timer  kick             the 8259's interrupts; time goes on; other threads stop the processor
 *   decode/  gdb/                      instructions by our own hand; a debugger
 *   platform/                          partition, processors, RAM, WinHvEmulation
 *   devices/                           board > devices > bus, interrupt lines: a device knows the bus, not the reverse
 *   host/                              clock, console, the end, errors
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include "boot/file.h"
#include "boot/flat.h"
#include "boot/linux.h"
#include "boot/mptable.h"
#include "machine.h"
#include "options.h"
#include "platform/partition.h"

/* tests/guests/demo.S and smp.S, put into the program by the build */
extern BYTE demo_start[] __asm__( "_binary_demo_bin_start" );
extern BYTE demo_end[] __asm__( "_binary_demo_bin_end" );
extern BYTE smp_start[] __asm__( "_binary_smp_bin_start" );
extern BYTE smp_end[] __asm__( "_binary_smp_bin_end" );

#define BUILT_IN_ADDRESS 0x7c00

/* the guest's files: one that is missing is told before a machine is made, which may fail for other reasons */
static struct file image, initrd;

static BOOL read_files( const struct options *options )
{
    const char *name = options->flat ? options->flat : options->kernel ? options->kernel : options->sector;

    return (!name || read_file( name, &image )) && (!options->initrd || read_file( options->initrd, &initrd ));
}

static BOOL load_linux( const struct options *options )
{
    size_t size = sizeof(DEFAULT_COMMAND_LINE) + 16 + (options->append ? strlen( options->append ) : 0);
    char *command_line = malloc( size );

    if (!command_line) return FALSE;
    strcpy( command_line, DEFAULT_COMMAND_LINE );
    if (!options->machine.processors && !partition_apic_hidden()) strcat( command_line, " nolapic" );
    if (options->append)
    {
        strcat( command_line, " " );
        strcat( command_line, options->append );
    }
    return boot_linux( &image, options->initrd ? &initrd : NULL, command_line );
}

static BOOL load_guest( const struct options *options )
{
    UINT32 processors = options->machine.processors;

    if (processors && !put_mp_table( processors ))
    {
        fprintf( stderr, "whvrun: no memory for the table of processors\n" );
        return FALSE;
    }
    if (options->flat) return boot_flat( &image, options->address );
    if (options->kernel) return load_linux( options );
    if (options->sector) return boot_sector( &image );
    image.data = processors ? smp_start : demo_start;
    image.size = processors ? smp_end - smp_start : demo_end - demo_start;
    return boot_flat( &image, BUILT_IN_ADDRESS );
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
    struct options options;
    unsigned int code = 0;
    DWORD old_mode;
    BOOL is_console;

    if (!options_parse( argc, argv, &options ) || !read_files( &options )) return EXIT_OURS;
    /* a terminal gives each key as it is pressed, and leaves the echo to the guest */
    is_console = GetConsoleMode( in, &old_mode );
    if (SUCCEEDED( machine_create( &options.machine )) && load_guest( &options ))
    {
        if (is_console) SetConsoleMode( in, old_mode & ~(ENABLE_LINE_INPUT | ENABLE_ECHO_INPUT) );
        if (options.flat || options.sector || options.kernel)
            CloseHandle( CreateThread( NULL, 0, input_thread, NULL, 0, NULL ));
        reason = machine_run( &code );
        if (is_console) SetConsoleMode( in, old_mode );
    }
    machine_delete();
    fflush( stderr );
    /* the input thread may sit in a read that nothing ends */
    ExitProcess( finish( reason, code ));
}
