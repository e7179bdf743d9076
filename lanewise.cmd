@echo off
rem Runs Lanewise: finds a JDK 25 or later, builds on first use, and starts the program.
setlocal enabledelayedexpansion
set "home=%~dp0"
set "jar=%home%target\lanewise.jar"
set "jdk="

if defined JAVA_HOME call :consider "%JAVA_HOME%"
if not defined jdk for /f "delims=" %%j in ('where java 2^>nul') do if not defined jdk call :consider "%%~dpj.."
if not defined jdk for /d %%d in ("%ProgramFiles%\Java\*" "%ProgramFiles%\Eclipse Adoptium\*" "%ProgramFiles%\Microsoft\jdk*" "%ProgramFiles%\Amazon Corretto\*" "%ProgramFiles%\Zulu\*" "%USERPROFILE%\.jdks\*") do if not defined jdk call :consider "%%~d"
if not defined jdk (
    echo lanewise: a JDK 25 or later is needed and none was found; install one or set JAVA_HOME to it. 1>&2
    exit /b 2
)

if not exist "%jar%" (
    echo Building Lanewise ^(once; this takes a moment^) 1>&2
    pushd "%home%"
    set "JAVA_HOME=%jdk%"
    call mvnw.cmd -q -B -DskipTests -Dquick package 1>&2
    if errorlevel 1 (
        popd
        echo lanewise: the build failed; its messages are above 1>&2
        exit /b 1
    )
    popd
)

rem Training makes no garbage to speak of: the smallest collector starts fastest, in a third of the memory.
if not defined LANEWISE_JAVA_OPTS set "LANEWISE_JAVA_OPTS=-XX:+UseSerialGC -Xmn16m"
"%jdk%\bin\java.exe" --add-modules jdk.incubator.vector %LANEWISE_JAVA_OPTS% -cp "%jar%;%LANEWISE_CLASSPATH%" dev.lanewise.cli.Main %*
exit /b %errorlevel%

:consider
if not exist "%~1\bin\java.exe" exit /b
if not exist "%~1\release" exit /b
for /f "usebackq tokens=2 delims==" %%v in (`findstr /b "JAVA_VERSION=" "%~1\release"`) do (
    for /f "tokens=1 delims=.+-" %%m in ("%%~v") do if %%m GEQ 25 set "jdk=%~1"
)
exit /b
