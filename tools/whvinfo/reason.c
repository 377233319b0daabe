/*
 * whvinfo: why there is no hypervisor
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

#include "reason.h"

#define LINE_WIDTH 110
#define UNIX_SIDE  "winhvplatform.so"

void reason_print_windows( void )
{
    printf( "Turn the Windows feature \"Windows Hypervisor Platform\" on, and virtualization in the firmware.\n" );
}

/* A sentence, in lines. */
static void print_text( const char *text )
{
    while (strlen( text ) > LINE_WIDTH)
    {
        const char *end = text + LINE_WIDTH;

        while (end > text && *end != ' ') end--;
        if (end == text) break;
        printf( "  %.*s\n", (int)(end - text), text );
        text = end + 1;
    }
    printf( "  %s\n", text );
}

/* ---- which library is missing: only the system's loader knows, and Wine does not hand on what it says ---- */

/* What a Unix command prints, which ends with a line of END. FALSE where it can't be run.
 * It prints to a file, and is waited for by that line: Wine's pipes are none that other programs could write to, and of
 * a Unix program it gives no handle. */
#define END "whvinfo's end"

static BOOL run( char *command, char *text, DWORD size )
{
    SECURITY_ATTRIBUTES inherited = { .nLength = sizeof(inherited), .bInheritHandle = TRUE };
    STARTUPINFOA startup = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES };
    char directory[MAX_PATH], name[MAX_PATH];
    PROCESS_INFORMATION process;
    HANDLE file, reader;
    BOOL ended = FALSE;
    UINT32 i;

    if (!GetTempPathA( sizeof(directory), directory ) || !GetTempFileNameA( directory, "whv", 0, name )) return FALSE;
    file = CreateFileA( name, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, CREATE_ALWAYS, 0, NULL );
    startup.hStdInput = INVALID_HANDLE_VALUE;
    startup.hStdOutput = startup.hStdError = file;
    if (file != INVALID_HANDLE_VALUE &&
        CreateProcessA( NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process ))
    {
        if (process.hThread) CloseHandle( process.hThread );
        if (process.hProcess) CloseHandle( process.hProcess );
        for (i = 0; i < 100 && !ended; i++)
        {
            DWORD length = 0;

            Sleep( 50 );
            /* each time anew: the other end's position is the same as that of a handle it got from us */
            reader = CreateFileA( name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0,
                                  NULL );
            if (reader == INVALID_HANDLE_VALUE) break;
            if (!ReadFile( reader, text, size - 1, &length, NULL )) length = 0;
            CloseHandle( reader );
            text[length] = 0;
            ended = strstr( text, END ) != NULL;
        }
    }
    if (file != INVALID_HANDLE_VALUE) CloseHandle( file );
    DeleteFileA( name );
    return ended;
}

/* The lines of ldd that complain: "libZydis.so.4.0 => not found", "... version `GLIBC_2.38' not found (...)". */
static void print_missing_libraries( const char *path )
{
    char *(CDECL *unix_file_name)( const WCHAR * );
    char command[2 * MAX_PATH + 120], text[8192], *unix_path, *line;
    WCHAR wide[MAX_PATH];
    BOOL said = FALSE;

    unix_file_name = (void *)GetProcAddress( GetModuleHandleA( "kernel32.dll" ), "wine_get_unix_file_name" );
    MultiByteToWideChar( CP_ACP, 0, path, -1, wide, MAX_PATH );
    if (!unix_file_name || !(unix_path = unix_file_name( wide ))) return;
    snprintf( command, sizeof(command),
              "\\\\?\\unix\\bin\\sh -c \"LC_ALL=C ldd \\\"$0\\\" 2>&1; echo \\\"$1\\\"\" \"%s\" \"" END "\"",
              unix_path );
    if (!run( command, text, sizeof(text) ))
        printf( "  (ldd can't be started; it says which libraries are missing: ldd %s)\n", unix_path );
    else for (line = strtok( text, "\n" ); line; line = strtok( NULL, "\n" ))
    {
        if (!strstr( line, "not found" )) continue;
        if (!said) printf( "Libraries are missing for %s; on Debian libzydis-dev brings Zydis:\n", unix_path );
        said = TRUE;
        print_text( line + strspn( line, " \t" ));
    }
    HeapFree( GetProcessHeap(), 0, unix_path );
}

static BOOL is_file( const char *path )
{
    DWORD attributes = GetFileAttributesA( path );

    return attributes != INVALID_FILE_ATTRIBUTES && !(attributes & FILE_ATTRIBUTE_DIRECTORY);
}

/* Beside the DLL, in the folder beside its folder, and in each of Wine's dll directories, of which it tells in
 * variables of its own. */
static void look_at_unix_sides( HMODULE platform )
{
    char dll[MAX_PATH], path[2 * MAX_PATH], name[32], directory[MAX_PATH], *end;
    unsigned int i, found = 0;

    if (!GetModuleFileNameA( platform, dll, sizeof(dll) ) || !(end = strrchr( dll, '\\' ))) return;
    *end = 0;
    snprintf( path, sizeof(path), "%s\\" UNIX_SIDE, dll );
    if (is_file( path )) { print_missing_libraries( path ); found++; }
    snprintf( path, sizeof(path), "%s\\..\\x86_64-unix\\" UNIX_SIDE, dll );
    if (is_file( path )) { print_missing_libraries( path ); found++; }
    for (i = 0; i < 16 && !found; i++)
    {
        snprintf( name, sizeof(name), "WINEDLLDIR%u", i );
        if (!GetEnvironmentVariableA( name, directory, sizeof(directory) )) break;
        /* \??\Z:\usr\lib\wine */
        snprintf( path, sizeof(path), "%s\\x86_64-unix\\" UNIX_SIDE,
                  strncmp( directory, "\\??\\", 4 ) ? directory : directory + 4 );
        if (is_file( path )) { print_missing_libraries( path ); found++; }
    }
    if (!found) printf( "There is no " UNIX_SIDE ", neither beside %s\\winhvplatform.dll nor where Wine keeps such: "
                        "install again.\n", dll );
}

void reason_print( HMODULE platform )
{
    void (CDECL *get_reason)( char *, UINT32 ) = (void *)GetProcAddress( platform, "__wine_whv_reason" );
    char text[1024] = "";

    if (get_reason) get_reason( text, sizeof(text) );
    else printf( "  This winhvplatform.dll can't say why: it is not of this version, or not of this project.\n" );
    if (text[0]) print_text( text );
    look_at_unix_sides( platform );
}
