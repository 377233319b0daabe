/*
 * whvinfo: what this host offers to virtual machine monitors
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
 * The DLLs are loaded by hand: a program that is linked to them could not say that
 * they are missing. The exit code is 0 when a virtual processor can be made, else 1.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>
#include <winhvplatform.h>

#include "features.h"
#include "reason.h"

#define NAME_WIDTH 32
#define LINE_WIDTH 110
#define TEXT_OF(x)    #x
#define VERSION_OF(x) TEXT_OF(x)

static const char * const platform_functions[] =
{
    "WHvGetCapability", "WHvCreatePartition", "WHvSetupPartition", "WHvSetPartitionProperty", "WHvDeletePartition",
    "WHvCreateVirtualProcessor", "WHvDeleteVirtualProcessor",
};

static HRESULT (WINAPI *pWHvGetCapability)( WHV_CAPABILITY_CODE, VOID *, UINT32, UINT32 * );
static HRESULT (WINAPI *pWHvCreatePartition)( WHV_PARTITION_HANDLE * );
static HRESULT (WINAPI *pWHvSetupPartition)( WHV_PARTITION_HANDLE );
static HRESULT (WINAPI *pWHvSetPartitionProperty)( WHV_PARTITION_HANDLE, WHV_PARTITION_PROPERTY_CODE, const VOID *,
                                                   UINT32 );
static HRESULT (WINAPI *pWHvDeletePartition)( WHV_PARTITION_HANDLE );
static HRESULT (WINAPI *pWHvCreateVirtualProcessor)( WHV_PARTITION_HANDLE, UINT32, UINT32 );
static HRESULT (WINAPI *pWHvDeleteVirtualProcessor)( WHV_PARTITION_HANDLE, UINT32 );

/* in the order of platform_functions */
static void ** const platform_pointers[] =
{
    (void **)&pWHvGetCapability, (void **)&pWHvCreatePartition, (void **)&pWHvSetupPartition,
    (void **)&pWHvSetPartitionProperty, (void **)&pWHvDeletePartition, (void **)&pWHvCreateVirtualProcessor,
    (void **)&pWHvDeleteVirtualProcessor,
};

static const char *wine_version;    /* NULL on Windows */
static BOOL show_all;
static HMODULE platform;

static void find_wine( void )
{
    const char *(CDECL *get_version)( void );

    get_version = (void *)GetProcAddress( GetModuleHandleA( "ntdll.dll" ), "wine_get_version" );
    if (get_version) wine_version = get_version();
}

/* prints words, with a new line where the old one is full */
static void print_word( const char *word, unsigned int *column )
{
    unsigned int length = strlen( word ) + 1;

    if (*column + length > LINE_WIDTH)
    {
        printf( "\n%*s", NAME_WIDTH + 3, "" );
        *column = NAME_WIDTH + 3;
    }
    printf( " %s", word );
    *column += length;
}

/* what is not there; those with the same reason together */
static void print_missing( UINT64 value, const struct bit *bits )
{
    const struct bit *b, *same;
    unsigned int column;
    UINT64 done = value;

    for (b = bits; b->name; b++)
    {
        if (done >> b->bit & 1) continue;
        printf( "%*s not", NAME_WIDTH + 3, "" );
        column = NAME_WIDTH + 7;
        for (same = b; same->name; same++)
        {
            if (done >> same->bit & 1) continue;
            if (wine_version && strcmp( same->note ? same->note : "", b->note ? b->note : "" )) continue;
            print_word( same->name, &column );
            done |= (UINT64)1 << same->bit;
        }
        if (wine_version && b->note) printf( ": %s", b->note );
        printf( "\n" );
    }
}

static void print_bits( UINT64 value, const struct bit *bits )
{
    unsigned int column = NAME_WIDTH + 20, count = 0;
    UINT64 known = 0;
    const struct bit *b;
    char text[24];

    printf( "  %016llx", (ULONGLONG)value );
    for (b = bits; b->name; b++)
    {
        known |= (UINT64)1 << b->bit;
        count++;
        if (value >> b->bit & 1) print_word( b->name, &column );
    }
    if (value & ~known)
    {
        snprintf( text, sizeof(text), "unknown:%llx", (ULONGLONG)(value & ~known) );
        print_word( text, &column );
    }
    printf( "\n" );
    /* of the long lists nobody wants to read what a processor lacks */
    if (count <= 16 || show_all) print_missing( value, bits );
}

static void print_vectors( UINT64 value )
{
    unsigned int i;

    printf( "  %016llx", (ULONGLONG)value );
    for (i = 0; i < 64; i++)
        if (value >> i & 1) printf( " %u", i );
    if (wine_version) printf( "  (KVM can give no others to its user)" );
    printf( "\n" );
}

static void print_banks( const UINT64 *banks, UINT32 count, const struct capability *capability )
{
    UINT32 i;

    printf( "  %lu\n", (ULONG)count );
    for (i = 0; i < min( count, 2 ); i++)
    {
        if (!capability->bits[i]) break;
        printf( "%*lu:", NAME_WIDTH + 1, (ULONG)i );
        print_bits( banks[i], capability->bits[i] );
    }
}

static void print_capability( const struct capability *capability )
{
    union
    {
        WHV_CAPABILITY value;
        BYTE bytes[64];         /* a newer one may be longer */
    } buffer;
    const WHV_CAPABILITY_PROCESSOR_FREQUENCY_CAP *cap = &buffer.value.ProcessorFrequencyCap;
    const WHV_PROCESSOR_FEATURES_BANKS *banks = &buffer.value.ProcessorFeaturesBanks;
    UINT64 value = 0;
    UINT32 written = 0;
    HRESULT hr;

    memset( &buffer, 0, sizeof(buffer) );
    hr = pWHvGetCapability( capability->code, &buffer, sizeof(buffer), &written );
    if (FAILED( hr ) && capability->format == FORMAT_HEX && !show_all) return;
    printf( "%04lx %-*s", (ULONG)capability->code, NAME_WIDTH - 3, capability->name );
    if (FAILED( hr ))
    {
        printf( "  %s (%08lx)\n", (ULONG)hr == 0x80370300 ? "not known here" : "failed", (ULONG)hr );
        return;
    }
    memcpy( &value, &buffer, min( written, sizeof(value) ));
    switch (capability->format)
    {
    case FORMAT_HEX:           printf( "  %016llx\n", (ULONGLONG)value ); break;
    case FORMAT_NUMBER:        printf( "  %llu\n", (ULONGLONG)value ); break;
    case FORMAT_HZ:            printf( "  %llu Hz\n", (ULONGLONG)value ); break;
    case FORMAT_CACHE_LINE:    printf( "  %llu (lines of %llu bytes)\n", (ULONGLONG)value, value * 8ull ); break;
    case FORMAT_BITS:          print_bits( value, capability->bits[0] ); break;
    case FORMAT_VECTORS:       print_vectors( value ); break;
    case FORMAT_BANKS:         print_banks( banks->AsUINT64, banks->BanksCount, capability ); break;
    case FORMAT_VENDOR:
        printf( "  %llu (%s)\n", (ULONGLONG)value, value == WHvProcessorVendorAmd ? "AMD" :
                value == WHvProcessorVendorIntel ? "Intel" : value == WHvProcessorVendorHygon ? "Hygon" : "?" );
        break;
    case FORMAT_FREQUENCY_CAP:
        if (!cap->IsSupported) printf( "  not supported\n" );
        else printf( "  %lu to %lu MHz, nominal %lu, in steps of %lu\n", (ULONG)cap->LowestFrequencyMhz,
                     (ULONG)cap->HighestFrequencyMhz, (ULONG)cap->NominalFrequencyMhz, (ULONG)cap->FrequencyStepMhz );
        break;
    }
}

/* Promises are one thing: makes the smallest virtual machine. TRUE when that works. */
static BOOL try_partition( void )
{
    WHV_PARTITION_HANDLE partition;
    UINT32 processors = 1;
    const char *step = "WHvCreatePartition";
    HRESULT hr = pWHvCreatePartition( &partition );

    if (SUCCEEDED( hr ))
    {
        step = "WHvSetPartitionProperty";
        hr = pWHvSetPartitionProperty( partition, WHvPartitionPropertyCodeProcessorCount, &processors,
                                       sizeof(processors) );
        if (SUCCEEDED( hr ))
        {
            step = "WHvSetupPartition";
            hr = pWHvSetupPartition( partition );
        }
        if (SUCCEEDED( hr ))
        {
            step = "WHvCreateVirtualProcessor";
            hr = pWHvCreateVirtualProcessor( partition, 0, 0 );
            if (SUCCEEDED( hr )) pWHvDeleteVirtualProcessor( partition, 0 );
        }
        pWHvDeletePartition( partition );
    }
    if (SUCCEEDED( hr )) printf( "A partition with a virtual processor can be made.\n" );
    else
    {
        printf( "No partition can be made: %s failed with %08lx.\n", step, (ULONG)hr );
        if (wine_version) reason_print( platform );
    }
    return SUCCEEDED( hr );
}

/* A file, and what it says of itself: ours tells its version there. */
static void print_module( const char *name, const char *path )
{
    static const char description[] = "\\StringFileInfo\\040904b0\\FileDescription";
    DWORD handle, size = GetFileVersionInfoSizeA( path, &handle );
    void *info = size ? malloc( size ) : NULL;
    char *text = NULL;
    UINT length;

    printf( "%-*s %s\n", NAME_WIDTH + 3, name, path );
    if (info && GetFileVersionInfoA( path, 0, size, info ) &&
        VerQueryValueA( info, description, (void **)&text, &length ) && length)
        printf( "%-*s %s\n", NAME_WIDTH + 3, "", text );
    free( info );
}

static BOOL load_platform( void )
{
    HMODULE emulation;
    char path[MAX_PATH];
    size_t i;

    if (!(platform = LoadLibraryA( "WinHvPlatform.dll" )))
    {
        printf( "WinHvPlatform.dll can't be loaded, error %lu.\n", GetLastError() );
        if (wine_version)
            printf( "Run it by whv-wine, or put the DLLs into this prefix by install-prefix, or into Wine by make "
                    "install; README has more.\n" );
        else reason_print_windows();
        return FALSE;
    }
    if (GetModuleFileNameA( platform, path, sizeof(path) )) print_module( "WinHvPlatform.dll", path );
    for (i = 0; i < sizeof(platform_functions) / sizeof(platform_functions[0]); i++)
    {
        if ((*platform_pointers[i] = (void *)GetProcAddress( platform, platform_functions[i] ))) continue;
        printf( "It has no %s.\n", platform_functions[i] );
        return FALSE;
    }
    emulation = LoadLibraryA( "WinHvEmulation.dll" );
    if (emulation && GetModuleFileNameA( emulation, path, sizeof(path) )) print_module( "WinHvEmulation.dll", path );
    else printf( "%-*s missing, error %lu\n", NAME_WIDTH + 3, "WinHvEmulation.dll", GetLastError() );
    return TRUE;
}

int main( int argc, char *argv[] )
{
    const struct capability *capability;
    BOOL present = FALSE;
    HRESULT hr;
    int i;

    for (i = 1; i < argc; i++)
    {
        if (!strcmp( argv[i], "--all" )) show_all = TRUE;
        else if (!strcmp( argv[i], "--version" ))
        {
            printf( "whvinfo (winehvplatform) %s\n", VERSION_OF(WHV_VERSION) );
            return 0;
        }
        else if (!strcmp( argv[i], "--help" ) || !strcmp( argv[i], "-h" ))
        {
            printf( "Usage: whvinfo [--all | --version | --help]\n"
                    "Prints what this host offers through WinHvPlatform; --all also what the processor lacks.\n"
                    "The exit code is 0 when a virtual processor can be made, else 1.\n" );
            return 0;
        }
        else
        {
            fprintf( stderr, "whvinfo: %s is no option (whvinfo --help lists them)\n", argv[i] );
            return 1;
        }
    }
    find_wine();
    printf( "%-*s %s\n", NAME_WIDTH + 3, "whvinfo", VERSION_OF(WHV_VERSION) );
    if (wine_version) printf( "%-*s %s\n", NAME_WIDTH + 3, "Wine", wine_version );
    if (!load_platform()) return 1;

    hr = pWHvGetCapability( WHvCapabilityCodeHypervisorPresent, &present, sizeof(present), NULL );
    printf( "0000 %-*s  %s", NAME_WIDTH - 3, "HypervisorPresent", SUCCEEDED( hr ) && present ? "yes\n" : "no" );
    if (FAILED( hr )) printf( " (%08lx)", (ULONG)hr );
    if (FAILED( hr ) || !present)
    {
        printf( "\n" );
        if (wine_version) reason_print( platform );
        else reason_print_windows();
        return 1;
    }
    for (capability = capabilities; capability->name; capability++) print_capability( capability );
    return !try_partition();
}
